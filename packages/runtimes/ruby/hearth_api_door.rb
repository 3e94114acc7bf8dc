# frozen_string_literal: true

require_relative "hearth_port_connections"

module HearthRuntime
  # The way to the Runtime API and to Hearth's own AWS API: a port on the sandbox's loopback whose connections are carried, byte for byte, to its Unix
  # socket. SDKs, wrappers and agents need a host and a port. The port exists before the function does; the threads come with `open_door` and with
  # each connection.
  class ApiDoor
    BACKLOG = 50

    attr_reader :address, :ports

    # Where `local_port` leads to, or another port where that is taken.
    def local_address = @local&.address

    # Listens on `port`, or on any free one when that is taken.
    def initialize(path, port, ports = PortConnections.new(path))
      @path = path
      @ports = ports
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
      @local = ApiDoor.new(@path, local_port, @ports) if local_port
      endpoint_variables ||= []
      @links = ApiDoor.new(@path, link_port, @ports) if link_port && !endpoint_variables.empty?
      found = endpoint_variables.to_h { |name| [name, "http://#{(@links || self).address}"] }
      found["AWS_LAMBDA_RUNTIME_API"] = @address
      found
    end

    def open_door
      @ports.in_background { loop { accept } }
      @links&.open_door
      @local&.open_door
    end

    private

    def accept
      inner = @listener.accept
      @ports.take_orders
      @ports.carry_between(inner, UNIXSocket.new(@path))
    rescue SystemCallError, ThreadError
      # No more descriptors or threads, or Hearth is gone: the client sees a closed connection.
      inner&.close
    end
  end
end
