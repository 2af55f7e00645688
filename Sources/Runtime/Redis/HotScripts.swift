import RedisDriver

/// The scripts that Redis runs as one step. Redis cannot verify an owner's bytes, so a script decides nothing for good:
/// it returns a head that claims to be newer to the caller, who verifies it.
enum HotScripts {
    /// KEYS: the value. ARGV: channel, message, seconds to keep it, head, head of the base (empty: replace all there
    /// is), block, a forged head to ignore, the most bytes of a value, and of changes beyond the full state.
    ///
    /// 0: written. 1: the stored value is not the base, or has too many appended changes: write everything. A text: the
    /// stored head, which claims to be newer.
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

    /// GETDEL, for servers before 6.2. ARGV: the most bytes of a value. 0: the value was larger, or no text.
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
