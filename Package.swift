// swift-tools-version: 6.2
import PackageDescription

var settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]
if Context.environment["CI"] != nil { settings.append(.treatAllWarnings(as: .error)) }

let package = Package(
    name: "almanac",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "almanac", targets: ["Almanac"]),
        .executable(name: "almanac-bench", targets: ["AlmanacBench"]),
        .library(name: "AlmanacRuntime", targets: ["AlmanacRuntime"]),
        .library(name: "AlmanacChannels", targets: ["AlmanacChannels"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    ],
    targets: [
        .target(name: "Scheduling", swiftSettings: settings),
        .plugin(name: "EmbedMigrations", capability: .buildTool()),
        .target(
            name: "Migrations",
            path: "migrations",
            exclude: ["postgres", "sqlite"],
            swiftSettings: settings,
            plugins: ["EmbedMigrations"]
        ),
        .target(name: "COpenAPI", path: "openapi", exclude: ["openapi.yaml"]),
        .systemLibrary(
            name: "CPostgres",
            path: "Sources/CPostgres",
            pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]
        ),
        // Without pkgConfig: hiredis.pc has a -D flag that the package manager warns of.
        .systemLibrary(name: "CHiredis", path: "Sources/CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CIDN2", path: "Sources/CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        .target(name: "JSON", dependencies: ["Scheduling"], swiftSettings: settings),
        .target(name: "SQL", dependencies: ["JSON", "Scheduling"], swiftSettings: settings),
        .systemLibrary(name: "CEventFD", path: "Sources/CEventFD"),
        .target(name: "Connecting", dependencies: ["CEventFD"], swiftSettings: settings),
        .target(
            name: "PostgresDriver",
            dependencies: [
                "CPostgres", "Connecting", "JSON", "SQL", "Scheduling",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "RedisDriver",
            dependencies: [
                "CHiredis", "Connecting", "Scheduling",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Prometheus",
            dependencies: [.product(name: "Metrics", package: "swift-metrics")],
            swiftSettings: settings
        ),
        .target(
            name: "AlmanacRuntime",
            dependencies: [
                "CIDN2", "Connecting", "JSON", "Migrations", "PostgresDriver", "Prometheus", "RedisDriver", "SQL",
                "Scheduling",
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ],
            path: "Sources/Runtime",
            swiftSettings: settings
        ),
        .target(
            name: "TenantActors",
            dependencies: [
                "AlmanacRuntime", "JSON", "Prometheus", "SQL", "Scheduling",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .systemLibrary(
            name: "CCurl",
            path: "Sources/CCurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .target(
            name: "AlmanacChannels",
            dependencies: [
                "AlmanacRuntime", "JSON", "Prometheus", "SQL", "CCurl", "Scheduling", "TenantActors",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            path: "Sources/Channels",
            swiftSettings: settings
        ),
        .target(
            name: "Realtime",
            dependencies: [
                "AlmanacRuntime", "JSON", "Prometheus", "SQL", "Scheduling", "TenantActors",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .systemLibrary(name: "CZlib", path: "Sources/CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "HTTP",
            dependencies: [
                "AlmanacRuntime", "JSON", "Prometheus", "SQL", "COpenAPI", "CZlib", "Scheduling", "TenantActors",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "JWTKit", package: "jwt-kit"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "Server",
            dependencies: [
                "AlmanacChannels", "AlmanacRuntime", "JSON", "PostgresDriver", "Prometheus", "RedisDriver", "SQL",
                "HTTP", "Realtime", "Scheduling", "TenantActors",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .executableTarget(
            name: "Almanac",
            dependencies: [
                "AlmanacChannels", "AlmanacRuntime", "JSON", "PostgresDriver", "Prometheus", "RedisDriver", "SQL",
                "HTTP", "Scheduling", "Server", "TenantActors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: settings
        ),
        // A WebSocket for suites that test the protocol, in no product but the benchmarks.
        .target(
            name: "Echo",
            dependencies: [
                "AlmanacRuntime", "Realtime",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Echo",
            swiftSettings: settings
        ),
        .executableTarget(
            name: "AlmanacBench",
            dependencies: [
                "AlmanacRuntime", "Echo", "JSON", "Prometheus", "SQL", "HTTP", "Realtime", "Scheduling", "Server",
                "TenantActors",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Benchmarks/Sources",
            swiftSettings: settings
        ),
        .target(name: "TestSupport", path: "Tests/Support", swiftSettings: settings),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "Scheduling", "TestSupport"], swiftSettings: settings),
        .testTarget(
            name: "PrometheusTests",
            dependencies: ["Prometheus", .product(name: "Metrics", package: "swift-metrics")],
            swiftSettings: settings
        ),
        .testTarget(
            name: "PostgresDriverTests",
            dependencies: ["Connecting", "JSON", "PostgresDriver", "SQL", "Scheduling", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RedisDriverTests",
            dependencies: ["Connecting", "RedisDriver", "Scheduling", "TestSupport"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SchedulingTests",
            dependencies: ["Scheduling", "TestSupport"],
            exclude: ["Fixtures"],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RuntimeTests",
            dependencies: [
                "AlmanacRuntime", "Connecting", "JSON", "PostgresDriver", "Prometheus", "RedisDriver", "SQL",
                "Migrations", "Scheduling", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "HTTPTests",
            dependencies: [
                "AlmanacChannels", "AlmanacRuntime", "JSON", "PostgresDriver", "Prometheus", "RedisDriver", "SQL",
                "HTTP", "Scheduling", "Server", "TenantActors", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "TenantActorsTests",
            dependencies: [
                "AlmanacRuntime", "JSON", "Prometheus", "SQL", "Scheduling", "TenantActors", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "ChannelsTests",
            dependencies: [
                "AlmanacChannels", "AlmanacRuntime", "JSON", "Prometheus", "SQL", "Scheduling", "TenantActors",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "RealtimeTests",
            dependencies: [
                "AlmanacRuntime", "Echo", "JSON", "Prometheus", "SQL", "Realtime", "Scheduling", "TenantActors",
                "TestSupport",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOWebSocket", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: [
                "AlmanacChannels", "AlmanacRuntime", "JSON", "Prometheus", "SQL", "Scheduling", "TenantActors",
                "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
            ],
            path: "Tests/Simulation",
            swiftSettings: settings
        ),
    ],
    swiftLanguageModes: [.v6]
)
