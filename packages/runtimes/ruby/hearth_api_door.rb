# frozen_string_literal: true

module HearthRuntime
  # The way to the Runtime API and to Hearth's own AWS API: a port on the sandbox's loopback whose connections are carried, byte for byte, to its Unix
  # socket. SDKs, wrappers and agents need a host and a port. The port exists before the function does; the threads come with `open_door` and with
  # each connection.
  class ApiDoor
    BACKLOG = 50
    PIECE = 65_536

    attr_reader :address

    # Where `local_port` leads to, or another port where that is taken.
    def local_address = @local&.address

    # Listens on `port`, or on any free one when that is taken.
    def initialize(path, port)
      @path = path
      @listener = begin
        TCPServer.new("127.0.0.1", port)
      rescue SystemCallError
        TCPServer.new("127.0.0.1", 0)
      end
      @listener.listen(BACKLOG)
      @address = "127.0.0.1:#{@listener.addr[1]}"
    end

    # The variables that say where the Runtime API and Hearth's own AWS API are. The latter is on `link_port` too, where links lead to Hearth outside as well.
    # Opens `local_port` too.
    def variables(endpoint_variables, link_port, local_port = nil)
      @local = ApiDoor.new(@path, local_port) if local_port
      endpoint_variables ||= []
      @links = ApiDoor.new(@path, link_port) if link_port && !endpoint_variables.empty?
      found = endpoint_variables.to_h { |name| [name, "http://#{(@links || self).address}"] }
      found["AWS_LAMBDA_RUNTIME_API"] = @address
      found
    end

    def open_door
      quietly { loop { accept } }
      @links&.open_door
      @local&.open_door
    end

    # Carries bytes both ways between two connections until both have ended.
    def carry_between(inner, outer)
      inner.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1)
      ended = Queue.new
      [[inner, outer], [outer, inner]].each { |source, target| quietly { carry(source, target, ended) } }
    end

    private

    def accept
      inner = @listener.accept
      carry_between(inner, UNIXSocket.new(@path))
    rescue SystemCallError, ThreadError
      # No more descriptors or threads, or Hearth is gone: the client sees a closed connection.
      inner&.close
    end

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

    def quietly(&block)
      thread = Thread.new(&block)
      thread.report_on_exception = false
      thread
    end
  end
end
