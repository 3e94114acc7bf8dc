# frozen_string_literal: true

module HearthRuntime
  # AWS's documents about errors.
  module Errors
    MAX_FRAMES = 100
    # Classes that AWS's metrics name; the header says `Function<UserException>` for all others.
    NAMED = %w[ArgumentError NoMethodError Exception StandardError NameError LoadError SystemExit SystemStackError].freeze
    # Where AWS has the standard library.
    AWS_LIBRARY = "/var/lang/lib/ruby/#{RbConfig::CONFIG["ruby_version"]}/"

    class << self
      # `kind` is `Function` or `Init`.
      def document(error, kind)
        { errorMessage: message(error), errorType: "#{kind}<#{error.class}>", stackTrace: frames(error) }
      end

      def header(error, kind)
        NAMED.include?(error.class.to_s) ? "#{kind}<#{error.class}>" : "Function<UserException>"
      end

      private

      def message(error)
        text(error.message)
      rescue StandardError => broken
        "the error cannot be shown: its message raised #{broken.class}"
      end

      # The frames above the runtime's own.
      def frames(error)
        lines = error.backtrace_locations&.map(&:to_s) || error.backtrace || []
        # A syntax error has no frame of the function: its message names the file.
        lines.first(MAX_FRAMES).take_while { |line| !line.start_with?("#{__dir__}/") }.map { |line| text(as_on_aws(line)) }
      end

      def as_on_aws(line)
        line.sub("#{RbConfig::CONFIG["rubylibdir"]}/", AWS_LIBRARY)
      end

      def text(value)
        value.to_s.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
      end
    end
  end
end
