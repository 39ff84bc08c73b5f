-- Brings sold seats from the database: {sold: [{seat, client_id, reference, sold_at}]}. Holds stay as they are, except
-- those whose sale was cut off half way.
if is_late() then return finish('LATE') end
if is_loaded() then return finish('OK') end
notice_failover()
redis.call('DEL', sold)
for _, seat in ipairs(arguments.sold) do
  redis.call('HSET', sold, seat.seat, cjson.encode(seat))
  local hold = hold_of(seat.seat)
  if hold then drop_hold(seat.seat, hold) end
end
redis.call('HSET', meta, 'loaded', '1')
redis.call('HSET', meta, 'version', string.format('%.0f', math.max(number_of('version') + 2, now)))
redis.call('DEL', log)
keep()
return finish('OK')
