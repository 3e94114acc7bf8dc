# frozen_string_literal: true

# The function of the behaviour suite in Ruby: the event's `do` says what it does. packages/testkit/src/languages.ts has its answers.
require "logger"
require "net/http"

$count = 0

ACTIONS = {
  "echo" => ->(event, _) { event["value"] },
  "nothing" => ->(_, _) {},
  "text" => ->(event, _) { "x" * event["size"] },
  "count" => ->(_, _) { $count += 1 },
  "context" => lambda { |_, context|
    {
      requestId: context.aws_request_id,
      functionName: context.function_name,
      functionVersion: context.function_version,
      arn: context.invoked_function_arn,
      memory: context.memory_limit_in_mb.to_i,
      logGroup: context.log_group_name,
      logStream: context.log_stream_name,
      remaining: context.get_remaining_time_in_millis,
      custom: context.client_context["custom"]
    }
  },
  "environment" => ->(_, _) { { variables: ENV.to_h, folder: Dir.pwd } },
  "fail" => ->(_, _) { raise KeyError, "as asked: ü" },
  "exit" => ->(event, _) { exit!(event["status"]) },
  "wait" => lambda { |event, _|
    sleep(event["ms"] / 1000.0)
    "waited"
  },
  "log" => lambda { |_, _|
    logger = Logger.new($stdout)
    logger.debug("at debug")
    logger.info("at info")
    logger.error("at error\nin two lines")
    puts "plain ü"
  },
  "layer" => ->(_, _) { File.read("/opt/data/text.txt") },
  "library" => lambda { |_, _|
    require "fromlayer"
    FROM_LAYER
  },
  "door" => ->(_, _) { Net::HTTP.get_response(URI("http://#{ENV.fetch("AWS_LAMBDA_RUNTIME_API")}/2018-06-01/runtime/nothing")).code.to_i }
}.freeze

def handler(event:, context:)
  ACTIONS.fetch(event["do"]).call(event, context)
end

module Nested
  class Functions
    def self.run(event:, context:)
      [name, event, context.function_name]
    end
  end
end
