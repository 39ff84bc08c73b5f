-- {sold: [{seat, client_id, reference, sold_at}]}: what the database has sold, whatever holds there are.
local refused = begin()
if refused then return refused end
local events, order = {}, {}
for _, seat in ipairs(arguments.sold) do
  if redis.call('HSETNX', sold, seat.seat, cjson.encode(seat)) == 1 then
    local event = events[seat.client_id]
    if not event then
      event = {kind = 'sold', seats = {}, client_id = seat.client_id, display_name = seat.client_id,
               reference = seat.reference}
      events[seat.client_id] = event
      table.insert(order, event)
    end
    table.insert(event.seats, seat.seat)
    local hold = hold_of(seat.seat)
    if hold then
      event.owner, event.client_id = hold.owner, hold.client_id
      drop_hold(seat.seat, hold)
    end
  end
end
for _, event in ipairs(order) do announce(event) end
expire()
keep()
return finish('OK')
