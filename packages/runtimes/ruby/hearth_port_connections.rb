# frozen_string_literal: true

module HearthRuntime
  # Connections between Hearth and ports on the loopback, where extensions listen for telemetry: Hearth asks for each one by a line of JSON.
  class PortConnections
    PIECE = 65_536

    def initialize(path)
      @path = path
      @opening = Mutex.new
    end

    # Lets Hearth ask for connections. Called before the first connection is carried to Hearth, since it may be an internal extension's that subscribes.
    def take_orders
      @opening.synchronize do
        return if @orders

        @orders = open("carrier.hearth:1")
      end
      in_background do
        while (line = @orders.gets)
          order = JSON.parse(line)
          connect(order["id"], order["port"])
        end
      end
    end

    # Another connection of Hearth's is carried to a port on the loopback.
    def connect(id, port)
      in_background do
        inner = TCPSocket.new("127.0.0.1", port)
        carry_between(inner, open("connection.hearth:#{id}"))
      rescue SystemCallError
        open("connection.hearth:#{id}", "Hearth-Unreachable: 1\r\n").close
      end
    end

    # A connection to Hearth that is not for requests; `name` says what for.
    def open(name, headers = "")
      socket = UNIXSocket.new(@path)
      socket.write("CONNECT #{name} HTTP/1.1\r\nHost: h\r\n#{headers}\r\n")
      socket
    end

    # Carries bytes both ways between two connections until both have ended.
    def carry_between(inner, outer)
      inner.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
      ended = Queue.new
      [[inner, outer], [outer, inner]].each { |source, target| in_background { carry(source, target, ended) } }
    end

    def in_background(&block)
      thread = Thread.new(&block)
      thread.report_on_exception = false
      thread
    end

    private

    # Carries until `source` ends or `target` takes no more. The direction that ends last closes both, so that the other one is not cut off.
    def carry(source, target, ended)
      begin
        loop { target.write(source.readpartial(PIECE)) }
      rescue IOError, SystemCallError
        target.close_write rescue nil # it may be closed already
        source.close_read rescue nil
      end
      ended << true
      [source, target].each(&:close) if ended.size == 2
    end
  end
end
