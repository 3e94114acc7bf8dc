# frozen_string_literal: true

module AwsLambda
  # From the bytes of an event to what a handler gets, and from what it returned to the bytes of the answer. AWS lets functions replace both methods.
  class Marshaller
    class << self
      def marshall_request(raw_request)
        raw_request["Content-Type"] == "application/json" ? JSON.parse(raw_request.body) : raw_request.body
      end

      # The bytes, or an IO and its content type.
      def marshall_response(method_response)
        case method_response
        when StringIO, IO then [method_response, "application/unknown"]
        else method_response.to_json
        end
      end
    end
  end
end

# Loads a function's handler and calls it. The methods at a function's top level are called on an object of this class, as on AWS: messages name it.
class LambdaHandler
  # The handler raised `cause`. After a critical error the process ends.
  class Failed < StandardError
    attr_reader :is_critical

    def initialize(is_critical)
      @is_critical = is_critical
      super("the handler failed")
    end
  end

  attr_reader :handler_file_name, :handler_method_name

  # `env_handler` is `file.method` or `file.Module::Class.method`.
  def initialize(env_handler:)
    parts = env_handler.split(".")
    unless [2, 3].include?(parts.size)
      raise ArgumentError, "Invalid handler #{parts}, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME corresponds with " \
                           "an existing Ruby source file FILENAME.rb, CLASS is an optional module/class namespace and METHOD is a callable " \
                           "method. If using CLASS, METHOD must be a class-level method."
    end
    @handler_file_name = parts.first
    @handler_class = parts[1] if parts.size == 3
    @handler_method_name = parts.last
    # By its path where the function has it, because a library of the same name may be loaded already.
    path = File.expand_path(@handler_file_name)
    require(File.file?("#{path}.rb") ? path : @handler_file_name)
  end

  # The bytes of the answer. Raises Failed.
  def call_handler(raw_request:)
    context = LambdaContext.new(raw_request)
    event = AwsLambda::Marshaller.marshall_request(raw_request)
    target = @handler_class ? Kernel.const_get(@handler_class) : self
    answer, = AwsLambda::Marshaller.marshall_response(target.__send__(@handler_method_name, event: event, context: context))
    answer.respond_to?(:read) ? answer.read.to_s : answer
  rescue NameError # NoMethodError is one
    raise Failed, true
  rescue StandardError
    raise Failed, false
  rescue Exception # rubocop:disable Lint/RescueException -- `exit` and a full stack are the handler's failures, too
    raise Failed, true
  end
end
