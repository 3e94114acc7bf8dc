# frozen_string_literal: true

# What a handler gets beside its event. https://docs.aws.amazon.com/lambda/latest/dg/ruby-context.html
class LambdaContext
  W3C_FIELDS = %w[traceparent tracestate baggage].freeze
  private_constant :W3C_FIELDS

  attr_reader :aws_request_id, :invoked_function_arn, :log_group_name, :log_stream_name, :function_name, :memory_limit_in_mb,
              :function_version, :identity, :client_context, :deadline_ms, :tenant_id

  # `request` has the headers of the event.
  def initialize(request)
    @clock_diff = clock(Process::CLOCK_REALTIME) - clock(Process::CLOCK_MONOTONIC)
    @deadline_ms = request["Lambda-Runtime-Deadline-Ms"].to_i
    @aws_request_id = request["Lambda-Runtime-Aws-Request-Id"]
    @invoked_function_arn = request["Lambda-Runtime-Invoked-Function-Arn"]
    @tenant_id = request["Lambda-Runtime-Aws-Tenant-Id"]
    @log_group_name = ENV["AWS_LAMBDA_LOG_GROUP_NAME"]
    @log_stream_name = ENV["AWS_LAMBDA_LOG_STREAM_NAME"]
    @function_name = ENV["AWS_LAMBDA_FUNCTION_NAME"]
    @memory_limit_in_mb = ENV["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    @function_version = ENV["AWS_LAMBDA_FUNCTION_VERSION"]
    @identity = parsed(request["Lambda-Runtime-Cognito-Identity"])
    @client_context = parsed(request["Lambda-Runtime-Client-Context"])
    @w3c = take_w3c
  end

  def get_remaining_time_in_millis
    [@deadline_ms - (clock(Process::CLOCK_MONOTONIC) + @clock_diff), 0].max
  end

  # The W3C trace context that came with the client context.
  def w3c
    @w3c.dup
  end

  private

  def clock(which)
    Process.clock_gettime(which, :millisecond)
  end

  def parsed(text)
    text && JSON.parse(text)
  end

  def take_w3c
    return {} unless @client_context.is_a?(Hash)

    fields = @client_context.delete("w3c")
    fields.is_a?(Hash) ? fields.slice(*W3C_FIELDS).select { |_, value| value.is_a?(String) } : {}
  end
end
