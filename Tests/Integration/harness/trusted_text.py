"""Text that is not from outside, or short and of ASCII by the time it is compared, with the reason why.

A part of `path: line of the source`, or of a function's full name where the compiler wrote the function. Not for what a
client, a token, a mail server, Redis or another tenant may choose."""

from __future__ import annotations

TRUSTED: dict[str, str] = {
    # The operator's own
    "Sources/Runtime/Configuration/": "settings, read once at the start",
    "AlmanacRuntime.AlmanacConfiguration.": "settings, read once at the start",
    "Sources/Runtime/Redis/RedisAddress.swift": "a setting",
    "AlmanacRuntime.RedisAddress.": "a setting",
    # The system's
    "Sources/Runtime/Metrics/ProcessStatistics.swift": "/proc",
    "Sources/Runtime/Shards/ProcessMark.swift": "/proc, and what this reads of it",
    "AlmanacRuntime.ProcessMark.": "made of /proc",
    "Sources/Runtime/Zones/ZoneFile.swift": "names of files in the zone database's folder",
    # Names in the code
    "Sources/Runtime/Metrics/": "names and labels of series",
    "AlmanacRuntime.SeriesName.": "names and labels of series",
    "Sources/Runtime/Postgres/PostgresMigrator.swift": "migrations",
    "AlmanacRuntime.PostgresMigrator.": "migrations",
    "Sources/Runtime/SQLite/SQLiteMigrator.swift": "migrations",
    "Sources/Runtime/Postgres/Statements/": "statements",
    "Sources/Runtime/Postgres/Store/BatchSQL.swift": "statements",
    "Sources/Runtime/Postgres/Store/PostgresBatch.swift": "names of statements",
    "AlmanacRuntime.PostgresBatch.Step.": "names of statements",
    "Sources/Runtime/Postgres/Reactor/PipelineState.swift": "names of statements; an SQLSTATE",
    "AlmanacRuntime.PipelineState.": "names of statements",
    "Sources/Runtime/SQLite/SQLiteStatement.swift": "statements",
    "let statement = context.split": "the beginning of a statement",
    "Sources/Runtime/Commit/WriteKind.swift": "names of kinds of rows",
    "AlmanacRuntime.WriteKind.": "names of kinds of rows",
    "Sources/Runtime/Database/NamedRead.swift": "names of reads",
    "AlmanacRuntime.RedisScript.": "scripts",
    "Sources/HTTP/Docs/": "the contract",
    "Sources/HTTP/Edge/RouteTable.swift": "paths of routes",
    "HTTP.EdgeMiddleware.": "paths of routes and methods that are known",
    "Sources/HTTP/Edge/Problem.swift": "codes of problems",
    "capabilities": "names of channels and types of events",
    "Sources/Channels/Dispatch/OutboxExpander.swift": "names of channels and types of events",
    "services.publishedEvents.contains(type)": "types of events",
    "Sources/TenantActors/Members/": "names of fields",
    "editable.union(ignored)": "names of fields",
    "fileprivate var english": "names of weekdays",
    "date.weekday.english.prefix": "names of weekdays and months",
    # Codes of PostgreSQL: five letters and digits, which is looked at where one is read (ResultBuffer)
    "Sources/Runtime/Postgres/StoreError+SQLState.swift": "an SQLSTATE",
    "Sources/Runtime/Postgres/Store/PostgresDatabase": "an SQLSTATE; a setting of the server",
    "result.command == ": "a command's tag, such as COMMIT",
    "guard mode == journal": "a pragma's value",
    "PRAGMA quick_check": "what SQLite says of its file",
    # Ids of nodes, which the operator gives and the table of nodes bounds
    "Sources/Runtime/Shards/": "ids of nodes",
    "AlmanacRuntime.ShardPlace.": "ids of nodes",
    "AlmanacRuntime.ShardTable.": "ids of nodes",
    "AlmanacRuntime.LeaseView.": "ids of nodes",
    "AlmanacRuntime.NodeIdentity.": "ids of nodes",
    "case .there(node, _, epoch, _)": "ids of nodes",
    # Reasons in our own words
    "lastFailure != reason": "why a connection was lost",
    "AlmanacRuntime.DirectoryError.": "words of ours",
    "AlmanacRuntime.RedisError.": "words of ours",
    "Realtime.Handshake.__derived": "words of ours",
    "Realtime.ProtocolViolation.": "words of ours",
    "Scheduling.Reason.": "words of ours",
    "Scheduling.ZoneError.": "words of ours",
    # Checked before
    "Sources/Runtime/Redis/Store/RedisHotStore.swift": "names of fields, of at most 128 bytes",
    "Sources/TenantActors/Hot/": "names of fields, which the store has checked; ids",
    "Sources/Channels/Email/MIME/InternationalDomain.swift": "the domain of an address of at most 320 bytes",
    "topic.lowercased()": "a title and a name of at most 200 characters; lower case does not normalize",
    "repeating: \"0\", count: 16": "digits",
    # Compared in tests alone
    "AlmanacRuntime.SQLValue.": "tests",
    "AlmanacRuntime.RedisReply.": "tests; here only with .null",
    "AlmanacRuntime.HotRecord.": "tests",
    "AlmanacRuntime.PostgresError.": "tests",
    "AlmanacRuntime.PostgresNotification.": "tests",
    "AlmanacRuntime.DeliveryStore.Settlement.": "tests",
    "AlmanacChannels.CalendarLink.": "tests",
    "AlmanacChannels.DeliveryOutcome.": "tests",
    "AlmanacChannels.ICalendarEvent.": "tests",
    "AlmanacChannels.Letter.Detail.": "tests",
    "AlmanacChannels.MailAddress.": "tests",
    "AlmanacChannels.SMTPProbe.": "tests",
}
