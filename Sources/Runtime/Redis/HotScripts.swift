import RedisDriver

/// What Redis does in one step. It cannot tell an owner's bytes from others, so it decides nothing for good: what it takes
/// for newer it gives back, to whoever can tell.
enum HotScripts {
    /// KEYS: the value. ARGV: channel, message, seconds to keep it, head, head of the base (empty: replace all there is),
    /// block, a head that counts for nothing, the most bytes of a value, and of changes beyond what they change.
    ///
    /// 0: written. 1: what is there is not the base, or it is time to write all anew: changes are kept as they came. A
    /// text: the head of what is there, which says it is newer.
    static let write = RedisScript(
        """
        local key, head, base, block = KEYS[1], ARGV[4], ARGV[5], ARGV[6]
        local size = \(HotHead.size)
        local stored = redis.pcall('GETRANGE', key, 0, size - 1)
        if type(stored) ~= 'string' or #stored ~= size or stored == ARGV[7] then stored = false end
        if stored and string.sub(stored, 1, 40) > string.sub(head, 1, 40) then return stored end
        if base ~= '' then
          if stored ~= base then return 1 end
          local first = tonumber(redis.call('GETRANGE', key, size, size + 9))
          local length = redis.call('STRLEN', key) + #block
          if not first or length > 2 * first + tonumber(ARGV[9]) or length > tonumber(ARGV[8]) then return 1 end
          redis.call('APPEND', key, block)
          redis.call('SETRANGE', key, 0, head)
        else
          redis.call('SET', key, head .. block)
        end
        redis.call('EXPIRE', key, ARGV[3])
        redis.call('PUBLISH', ARGV[1], ARGV[2])
        return 0
        """
    )

    /// GETDEL, for servers before 6.2. ARGV: the most bytes of a value. 0: what was there was larger, or no text.
    static let take = RedisScript(
        """
        local key = KEYS[1]
        local length = redis.pcall('STRLEN', key)
        if type(length) ~= 'number' or length > tonumber(ARGV[1]) then
          redis.call('DEL', key)
          return 0
        end
        local value = redis.call('GET', key)
        if value then redis.call('DEL', key) end
        return value
        """
    )

    static let all = [write, take]
}
