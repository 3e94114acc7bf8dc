# frozen_string_literal: true

module HearthRuntime
  # Runs a function that has extensions: starts them before the runtime, tells Hearth how processes end, and connects Hearth to ports inside the sandbox.
  # Both sides send lines of JSON; packages/runtime-api/src/extensions/supervisorChannel.ts is the other side.
  class Supervisor
    # What is about the runtime process alone. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
    ONLY_FOR_RUNTIME = %w[
      AWS_EXECUTION_ENV AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_XRAY_CONTEXT_MISSING AWS_XRAY_DAEMON_ADDRESS
      LAMBDA_RUNTIME_DIR LAMBDA_TASK_ROOT _AWS_XRAY_DAEMON_ADDRESS _AWS_XRAY_DAEMON_PORT _HANDLER
    ].freeze

    # The names of a function's external extensions.
    def self.extensions_in(folder)
      Dir.exist?(folder) ? Dir.children(folder).select { |name| File.file?("#{folder}/#{name}") }.sort : []
    end

    def initialize(path, folder, env, command, door)
      @path = path
      @folder = folder
      @env = env
      @command = command
      @door = door
      @names = Supervisor.extensions_in(folder)
      @channel = door.ports.open("supervisor.hearth:1")
      @said = Mutex.new
      @is_ending = false
    end

    # Serves for good.
    def run
      @door.open_door
      trap("TERM") { signal_runtime("TERM") }
      say(kind: "found", names: @names)
      while (line = @channel.gets)
        obey(JSON.parse(line))
      end
      # Hearth went away.
      exit!(1)
    end

    private

    def obey(order)
      case order["do"]
      when "startExtensions" then start_extensions
      when "startRuntime" then start_runtime
      when "connect" then @door.ports.connect(order["id"], order["port"])
      else
        @is_ending = true
        signal_runtime(order["do"] == "terminateRuntime" ? "TERM" : "KILL")
      end
    end

    def start_extensions
      env = ENV.to_h.merge(@env).reject { |name, _| ONLY_FOR_RUNTIME.include?(name) || name.start_with?("HEARTH_") }
      File.open("#{File.dirname(@path)}/extensions", File::WRONLY) do |output|
        @names.each do |name|
          program = "#{@folder}/#{name}"
          options = { unsetenv_others: true, chdir: "/", in: File::NULL, out: output, err: output }
          child = Process.spawn(env, [program, program], **options)
          watch(child, name)
        rescue SystemCallError => error
          say(kind: "launchFailed", name: name, reason: error.message.sub(/ - .*/m, "").downcase)
        end
      end
    end

    def start_runtime
      @runtime = Process.spawn(@env, [@command[0], @command[0]], *@command[1..])
      watch(@runtime, nil)
    rescue SystemCallError => error
      # As the shell that starts a wrapper on AWS.
      $stderr.syswrite("/var/runtime/bootstrap: #{@command[0]}: #{error.message.sub(/ - .*/m, "")}\n")
      say(kind: "ended", code: error.is_a?(Errno::ENOENT) ? 127 : 126, signal: nil)
    end

    def watch(child, name)
      Thread.new do
        _, status = Process.wait2(child)
        # It may have been out of memory: who sees how the whole sandbox ends can tell.
        exit!(128 + status.termsig) if name.nil? && status.termsig == 9 && !@is_ending
        signal = status.termsig && "SIG#{Signal.signame(status.termsig)}"
        say(kind: "ended", name: name, code: status.exitstatus, signal: signal)
      end
    end

    def signal_runtime(name)
      Process.kill(name, @runtime) if @runtime
    rescue Errno::ESRCH
      # It has ended.
    end

    def say(**message)
      @said.synchronize { @channel.write("#{message.to_json}\n") }
    end
  end
end
