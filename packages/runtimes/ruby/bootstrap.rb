# frozen_string_literal: true

# Hearth's Ruby runtime: runs inside a sandbox on Ruby 3.1 and later, standard library only.
#
# HEARTH_API_SOCKET names the Runtime API's socket (or HEARTH_RUN_DIR its folder). The program first asks which function it is to run
# (GET /hearth/specialise) and waits for the answer; then it runs one invocation after the other. What is loaded before that wait does not delay
# a cold start.

require "json"
require "logger"
require "socket"
require "stringio"
require_relative "hearth_api_door"
require_relative "hearth_channel"
require_relative "hearth_context"
require_relative "hearth_errors"
require_relative "hearth_handler"
require_relative "hearth_logging"
require_relative "hearth_paths"
require_relative "hearth_supervisor"

module HearthRuntime
  API_SOCKET = ENV["HEARTH_API_SOCKET"] || "#{ENV["HEARTH_RUN_DIR"] || "/run/hearth"}/api.sock"
  # As on AWS in a sandbox of its own; outside of one, any port that is free.
  HAS_OWN_LOOPBACK = !ENV.key?("HEARTH_RUN_DIR")
  RUNTIME_API_PORT = HAS_OWN_LOOPBACK ? 9001 : 0
  API = "/2018-06-01/runtime"
  # Exit codes of AWS's runtime: -4 when the init fails, -1 after an error that the process may not survive.
  INIT_FAILED = 252
  CRITICAL = 255

  class << self
    def main
      channel = Channel.new(API_SOCKET)
      channel.send("GET /hearth/specialise HTTP/1.1\r\nHost: h\r\n\r\n")
      # A parent that started this program again keeps the door open, and has put the environment in place.
      door = ENV.key?("HEARTH_API_DOOR") ? nil : ApiDoor.new(API_SOCKET, RUNTIME_API_PORT)
      # Collects and compacts the heap while no caller waits.
      Process.warmup if Process.respond_to?(:warmup)
      status, _, body = channel.receive
      raise "specialise answered #{status}" unless status == 200

      assignment = JSON.parse(body)
      supervise_extensions(assignment, door) if door
      execute_again(assignment, door) if assignment["freshProcess"] || needs_libraries?(assignment)
      handler = start(channel, assignment, door)
      run(channel, handler)
    end

    private

    # Puts the function in place and loads its handler. An error ends the process.
    def start(channel, assignment, door)
      apply(assignment, door)
      door&.open_door
      Logging.install
      LambdaHandler.new(env_handler: ENV["_HANDLER"] || "")
    rescue Exception => error # rubocop:disable Lint/RescueException -- a failing `require` may raise anything, `exit` included
      document = Errors.document(error, "Init")
      Logging.log_error(document, "Init error when loading handler #{ENV["_HANDLER"]}")
      channel.send(post("#{API}/init/error", document.to_json, Errors.header(error, "Init")))
      channel.receive
      exit(INIT_FAILED)
    end

    # Runs invocations. Each takes one request: its body is the answer, and the answer to it is the next event.
    def run(channel, handler)
      channel.send("GET #{API}/invocation/next HTTP/1.1\r\nHost: h\r\nHearth-Max-Rss: #{max_rss}\r\n\r\n")
      loop do
        status, head, body = channel.receive
        raise "the Runtime API answered #{status} to next" unless status == 200

        request = RawRequest.new(head, body)
        request_id = request["Lambda-Runtime-Aws-Request-Id"]
        $_global_aws_request_id = request_id
        ENV["_X_AMZN_TRACE_ID"] = request["Lambda-Runtime-Trace-Id"]
        begin
          answer = handler.call_handler(raw_request: request)
          channel.send(post("/hearth/invocation/#{request_id}/response", answer))
        rescue LambdaHandler::Failed => failed
          fail_invocation(channel, request_id, failed)
        end
      end
    end

    def fail_invocation(channel, request_id, failed)
      error = failed.cause
      document = Errors.document(error, "Function")
      Logging.log_error(document, failed.is_critical ? "Critical exception from handler" : "Error raised from handler method")
      # After a critical error the process ends: it asks for no further event.
      path = failed.is_critical ? "#{API}/invocation/#{request_id}/error" : "/hearth/invocation/#{request_id}/error"
      channel.send(post(path, document.to_json, Errors.header(error, "Function")))
      return unless failed.is_critical

      channel.receive
      exit(CRITICAL)
    end

    def post(path, body, error_type = nil)
      type = error_type && "Lambda-Runtime-Function-Error-Type: #{error_type}\r\n"
      head = "POST #{path} HTTP/1.1\r\nHost: h\r\n#{type}Content-Length: #{body.bytesize}\r\n\r\n"
      head.b << body.b
    end

    # What the process has used so far; the measured figure comes from outside later.
    def max_rss
      File.read("/proc/self/status")[/^VmHWM:\s+(\d+)/, 1].to_i * 1024
    rescue SystemCallError
      0
    end

    # Whether code or layers bring shared libraries: the linker reads LD_LIBRARY_PATH when a process starts.
    def needs_libraries?(assignment)
      return false if ENV.key?("LD_LIBRARY_PATH")

      assignment.values_at("taskRoot", "optRoot").any? { |root| Dir.glob("#{root}/lib/*.so*").any? }
    end

    # Stays as the parent of the extensions and of the runtime, which is this program started again. Returns when there are no extensions.
    def supervise_extensions(assignment, door)
      folder = "#{assignment["optRoot"]}/extensions"
      return if Supervisor.extensions_in(folder).empty?

      env = assignment["environment"].merge(door_variables(assignment, door))
      env.update("HEARTH_API_SOCKET" => API_SOCKET, "HEARTH_API_DOOR" => door.address)
      wrapper = env["AWS_LAMBDA_EXEC_WRAPPER"].to_s
      command = [RbConfig.ruby, __FILE__]
      command.unshift(wrapper) unless wrapper.empty?
      Supervisor.new(API_SOCKET, folder, env, command, door).run
    end

    def door_variables(assignment, door)
      found = door.variables(assignment["endpointVariables"], HAS_OWN_LOOPBACK ? assignment["linkPort"] : nil, assignment["localPort"])
      # Where all functions share the loopback of the machine, the port may be taken.
      found["PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"] = door.local_address.split(":").last if door.local_address && !HAS_OWN_LOOPBACK
      found
    end

    # Starts this program again with the environment there from the first instruction on (RUBYOPT, LD_LIBRARY_PATH, a wrapper …).
    def execute_again(assignment, door)
      env = assignment["environment"].merge("HEARTH_API_SOCKET" => API_SOCKET)
      command = [RbConfig.ruby, __FILE__]
      wrapper = env["AWS_LAMBDA_EXEC_WRAPPER"].to_s
      exec(env, *command) if wrapper.empty?
      # A wrapper may start a runtime of its own: the door stays here, and open.
      env.merge!(door_variables(assignment, door), "HEARTH_API_DOOR" => door.address)
      child = begin
        Process.spawn(env, [wrapper, wrapper], *command)
      rescue SystemCallError => error
        # As the shell that starts a wrapper on AWS.
        reason = error.message.sub(/ - .*/m, "")
        $stderr.syswrite("/var/runtime/bootstrap: #{wrapper}: #{reason}\n")
        exit!(error.is_a?(Errno::ENOENT) ? 127 : 126)
      end
      door.open_door
      %w[TERM INT HUP].each { |name| trap(name) { Process.kill(name, child) } }
      _, status = Process.wait2(child)
      exit!(status.exitstatus || (128 + status.termsig))
    end

    # Puts the function's environment, search paths and folder in place.
    def apply(assignment, door)
      ENV.delete_if { |name, _| name.start_with?("HEARTH_") }
      # A wrapper may have changed the environment, the handler's name included: its values are kept.
      ENV.update(assignment["environment"].merge(door_variables(assignment, door))) if door
      Paths.install(assignment["taskRoot"], assignment["optRoot"])
      Dir.chdir(assignment["taskRoot"])
    end
  end
end

HearthRuntime.main if $PROGRAM_NAME == __FILE__
