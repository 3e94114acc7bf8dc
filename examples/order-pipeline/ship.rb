# Ships an order that was checked. What it returns is sent to the queue of shipped orders.
def handler(event:, context:)
  order = event["detail"]
  puts "shipping #{order["id"]}"
  { order: order["id"], parcels: (order["amount"] / 10.0).ceil, attempt: order["attempt"] }
end
