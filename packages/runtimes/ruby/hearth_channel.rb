# frozen_string_literal: true

module HearthRuntime
  # HTTP/1.1 on one Unix socket; answers come in the order of the requests. Speaks only as much of it as Hearth's own Runtime API does: every answer
  # has Content-Length, and header names are spelled as they are here.
  class Channel
    RETRY_FOR_S = 10
    PIECE = 262_144
    HEAD_END = "\r\n\r\n"

    def initialize(path)
      give_up_at = now + RETRY_FOR_S
      begin
        @socket = UNIXSocket.new(path)
      rescue SystemCallError
        raise if now > give_up_at

        sleep(0.005)
        retry
      end
      @bytes = "".b
      @piece = "".b
    end

    def send(data)
      data = data.byteslice(@socket.syswrite(data)..) until data.empty?
    end

    # The next answer: status, head and body, both binary strings.
    def receive
      head_end = @bytes.index(HEAD_END)
      until head_end
        read
        head_end = @bytes.index(HEAD_END)
      end
      head = @bytes.byteslice(0, head_end)
      start = head_end + HEAD_END.bytesize
      finish = start + head[/\r\nContent-Length: (\d+)/, 1].to_i
      read while @bytes.bytesize < finish
      body = @bytes.byteslice(start, finish - start)
      @bytes = @bytes.byteslice(finish..)
      [head.byteslice(9, 3).to_i, head, body]
    end

    private

    def read
      @bytes << @socket.readpartial(PIECE, @piece)
    rescue EOFError, SystemCallError
      # Hearth is gone: there is no work left to do.
      exit!(1)
    end

    def now
      Process.clock_gettime(Process::CLOCK_MONOTONIC)
    end
  end

  # An event as the Runtime API gave it: headers by `[]`, and `body`. Functions that replace `AwsLambda::Marshaller.marshall_request` are given this.
  class RawRequest
    # What stands before a header's value, by its name in any case: Hearth's Runtime API spells all names in one way. A pattern would be compiled for each event.
    MARKS = Hash.new { |known, name| known[name] = "\r\n#{name.split("-").map(&:capitalize).join("-")}: ".b.freeze }

    attr_reader :body

    def initialize(head, body)
      @head = head
      @body = body.force_encoding(Encoding::UTF_8)
    end

    # The value of a header, or nil.
    def [](name)
      mark = MARKS[name]
      start = @head.index(mark)
      return unless start

      start += mark.bytesize
      @head.byteslice(start, (@head.index("\r\n", start) || @head.bytesize) - start).force_encoding(Encoding::UTF_8)
    end
  end
end
