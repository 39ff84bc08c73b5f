-- {owner, connection, instance, grace or -1}
local refused = begin()
if refused then return refused end
expire()
local member = member_of(arguments.owner)
local connection = arguments.instance .. '/' .. arguments.connection
if not member.connections[connection] then return finish('OK') end
member.connections[connection] = nil
if not next(member.connections) and arguments.grace >= 0 then
  member.leaves_at = now + arguments.grace
  for seat in pairs(member.seats) do schedule(seat, hold_of(seat), member) end
end
store_member(arguments.owner, member)
return finish('OK')
