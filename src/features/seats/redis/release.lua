-- {owner, seat, connection, command}: {…, offset}
local refused = begin()
if refused then return refused end
expire()
local seat = arguments.seat
if redis.call('HEXISTS', sold, seat) == 1 then return finish('seat_sold') end
local hold = hold_of(seat)
if not hold or hold.owner ~= arguments.owner then return finish('not_owner') end
if hold.confirming_until then return finish('seat_sold') end
drop_hold(seat, hold)
local event = event_of('released', seat, hold)
event.connection, event.command = arguments.connection, arguments.command
return finish('OK', string.format('%.0f', announce(event)))
