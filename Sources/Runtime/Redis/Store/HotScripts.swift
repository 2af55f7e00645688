/// What Redis does in one step. Versions are decimal texts: Lua's numbers are doubles and would round them.
enum HotScripts {
    /// KEYS: the hash. ARGV: channel, message, seconds to keep it, epoch and number of the version, epoch and number of the
    /// base (both empty: none), how many fields go, their names, then names and values of those that are set.
    ///
    /// The version goes first and comes back last: should anything in between fail, there is no version, and what is
    /// there counts for nothing.
    static let write = RedisScript(
        """
        local function compare(a, b)
          if a == b then return 0 end
          local an, bn = a:byte() == 45, b:byte() == 45
          if an ~= bn then return an and -1 or 1 end
          local less
          if #a ~= #b then less = #a < #b else less = a < b end
          if an then less = not less end
          return less and -1 or 1
        end
        local key = KEYS[1]
        local epoch, seq, base_epoch, base_seq = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
        local stored = redis.call('HMGET', key, 'epoch', 'seq')
        local exists = stored[1] and stored[2]
        if exists then
          local order = compare(stored[1], epoch)
          if order == 0 then order = compare(stored[2], seq) end
          if order > 0 then return 2 end
        end
        if base_epoch ~= '' then
          if not exists or stored[1] ~= base_epoch or stored[2] ~= base_seq then return 1 end
          redis.call('HDEL', key, 'epoch', 'seq')
        else
          redis.call('DEL', key)
        end
        local first = 9
        local last = 8 + tonumber(ARGV[8])
        while first <= last do
          local up_to = math.min(first + 999, last)
          redis.call('HDEL', key, unpack(ARGV, first, up_to))
          first = up_to + 1
        end
        while first <= #ARGV do
          local up_to = math.min(first + 999, #ARGV)
          redis.call('HSET', key, unpack(ARGV, first, up_to))
          first = up_to + 1
        end
        redis.call('HSET', key, 'epoch', epoch, 'seq', seq)
        redis.call('EXPIRE', key, ARGV[3])
        redis.call('PUBLISH', ARGV[1], ARGV[2])
        return 0
        """
    )

    /// GETDEL, for servers before 6.2.
    static let take = RedisScript(
        """
        local value = redis.call('GET', KEYS[1])
        if value then redis.call('DEL', KEYS[1]) end
        return value
        """
    )

    static let all = [write, take]
}
