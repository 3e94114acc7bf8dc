# frozen_string_literal: true

module HearthRuntime
  # The lines of `Logger`, `puts` and the runtime itself, as on AWS. https://docs.aws.amazon.com/lambda/latest/dg/ruby-logging.html
  module Logging
    # One record is one log event: a newline inside it travels as NUL, which Hearth's reader turns back.
    INNER_NEWLINE = "\0"
    LEVELS = %w[DEBUG INFO WARN ERROR FATAL].freeze

    class << self
      def install
        $stdout.sync = true
        $stderr.sync = true
        Logger.prepend(StandardLogger)
        Kernel.module_eval do
          def puts(*values)
            Logging::SINK.write(values.flatten.map { |value| value.to_s.encode(Encoding::UTF_8) }.join("\n"))
          end
          private :puts
        end
      end

      def json?
        ENV["AWS_LAMBDA_LOG_FORMAT"] == "JSON"
      end

      # The level for loggers that are given none.
      def level
        named = ENV["AWS_LAMBDA_LOG_LEVEL"].to_s.upcase
        LEVELS.include?(named) ? named : "DEBUG"
      end

      # The lines about a failed invocation or init.
      def log_error(document, message)
        if json?
          line = { timestamp: Logging.timestamp(Time.now), level: "ERROR", message: message, requestId: $_global_aws_request_id }
          SINK.write(JSON.generate(line.merge(document).compact))
        else
          SINK.write(message)
          SINK.write(JSON.pretty_generate(document))
        end
      end

      def timestamp(time)
        time.utc.strftime("%Y-%m-%dT%H:%M:%S.%6NZ")
      end
    end

    # Where loggers write to: one event a call, also when it has several lines.
    class Sink < Logger::LogDevice
      def initialize; end # rubocop:disable Lint/MissingSuper -- it opens no file

      def write(message)
        $stdout.write("#{message.chomp.gsub("\n", INNER_NEWLINE)}\n")
      end

      def reopen(_log = nil); end

      def close; end
    end

    SINK = Sink.new

    # Loggers that write to the process's output do so in AWS's format.
    module StandardLogger
      def initialize(logdev = nil, *more, level: Logging.level, **options)
        is_output = !logdev || logdev == $stdout || logdev == $stderr
        super(is_output ? Logging::SINK : logdev, *more, level: level, **options)
        @default_formatter = Logging.json? ? JsonFormatter.new : TextFormatter.new if is_output
      end
    end

    class TextFormatter < Logger::Formatter
      def call(severity, time, progname, message)
        prefix = "#{severity[0]}, [#{format_datetime(time)} ##{Process.pid}] #{severity.rjust(5)} #{$_global_aws_request_id}"
        "#{prefix} -- #{progname}: #{Logging.text(msg2str(message))}\n"
      end
    end

    class JsonFormatter < Logger::Formatter
      def call(severity, time, progname, message)
        line = {
          timestamp: Logging.timestamp(time),
          level: severity,
          message: Logging.text(message.is_a?(Exception) ? message.message : msg2str(message)),
          requestId: $_global_aws_request_id
        }
        line[:logger] = Logging.text(progname) unless progname.to_s.empty?
        line.merge!(about(message)) if message.is_a?(Exception)
        "#{JSON.generate(line.compact)}\n"
      end

      private

      def about(error)
        frames = (error.backtrace || []).map { |frame| Logging.text(frame) }
        place = /\A(?<file>.+):(?<line>\d+):in [`'](?<method>.+)'\z/.match(frames.first.to_s)
        location = place ? "#{place[:file]}:#{place[:method]}:#{place[:line]}" : frames.first
        { errorType: error.class.to_s, errorMessage: Logging.text(error.message), stackTrace: frames, location: location }
      end
    end

    def self.text(value)
      value.to_s.encode(Encoding::UTF_8, invalid: :replace, undef: :replace).scrub
    end
  end
end
