-- {instance, lease}: this instance and its connections are alive.
if is_late() then return finish('LATE') end
redis.call('ZADD', leases, string.format('%.0f', now + arguments.lease), arguments.instance)
redis.call('ZREMRANGEBYSCORE', leases, '-inf', now - arguments.lease)
keep()
return finish('OK')
