# frozen_string_literal: true

# The leanest runtime loop: see loop.mjs.
require "json"
require "socket"

NEXT = "GET /next HTTP/1.1\r\nHost: f\r\n\r\n"

def handler(event)
  event
end

unless ENV.key?("HEARTH_RUN_DIR")
  puts "ready"
  exit
end
channel = UNIXSocket.new("#{ENV["HEARTH_RUN_DIR"]}/api.sock")
channel.write(NEXT)
pending = "".b
loop do
  pending << channel.readpartial(65_536)
  while (head_end = pending.index("\r\n\r\n"))
    head = pending.byteslice(0, head_end).downcase
    length = head[/content-length: (\d+)/, 1].to_i
    break if pending.bytesize < head_end + 4 + length

    body = pending.byteslice(head_end + 4, length)
    pending = pending.byteslice((head_end + 4 + length)..)
    next unless head.byteslice(9, 3) == "200"

    result = handler(JSON.parse(body.force_encoding("UTF-8"))).to_json
    channel.write("POST /response HTTP/1.1\r\nHost: f\r\nContent-Length: #{result.bytesize}\r\n\r\n#{result}#{NEXT}")
  end
rescue EOFError
  exit
end
