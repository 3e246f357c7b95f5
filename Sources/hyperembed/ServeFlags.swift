import ArgumentParser

/// Where and how the service listens.
struct ServerFlags: SettingFlags {
    @Option(flag: "host") var host: SettingFlag?
    @Option(flag: "port") var port: SettingFlag?
    @Option(flag: "unix-socket") var unixSocket: SettingFlag?
    @Option(flag: "max-connections") var maxConnections: SettingFlag?
    @Option(flag: "max-connections-per-address") var maxConnectionsPerAddress: SettingFlag?
    @Option(flag: "idle-timeout") var idleTimeout: SettingFlag?
    @Option(flag: "lame-duck") var lameDuck: SettingFlag?
    @Option(flag: "drain-timeout") var drainTimeout: SettingFlag?
    @Option(flag: "compression-level") var compressionLevel: SettingFlag?
    @Option(flag: "page-enabled") var pageEnabled: SettingFlag?
}

/// What those need who run the service.
struct OperationFlags: SettingFlags {
    @Option(flag: "admin-host") var adminHost: SettingFlag?
    @Option(flag: "admin-port") var adminPort: SettingFlag?
    @Option(flag: "metrics-listener") var metricsListener: SettingFlag?
    @Option(flag: "keys-file") var keysFile: SettingFlag?
    @Option(flag: "log-format") var logFormat: SettingFlag?
    @Option(flag: "log-level") var logLevel: SettingFlag?
    @Option(flag: "log-tokens") var logTokens: SettingFlag?
    @Option(flag: "access-log") var accessLog: SettingFlag?
}

/// Whether the service speaks HTTPS, and with which files.
struct TLSFlags: SettingFlags {
    @Option(flag: "tls-certificate") var tlsCertificate: SettingFlag?
    @Option(flag: "tls-key") var tlsKey: SettingFlag?
    @Option(flag: "tls-client-authorities") var tlsClientAuthorities: SettingFlag?
    @Option(flag: "tls-client-certificates") var tlsClientCertificates: SettingFlag?
    @Option(flag: "tls-minimum-version") var tlsMinimumVersion: SettingFlag?
}

/// How the service shares out its processors and memory.
struct EngineFlags: SettingFlags {
    @Option(flag: "workers") var workers: SettingFlag?
    @Option(flag: "cache-megabytes") var cacheMegabytes: SettingFlag?
    @Option(flag: "queue-rows") var queueRows: SettingFlag?
}

/// Of the model `default`.
struct ModelFlags: SettingFlags {
    @Option(flag: "base") var base: SettingFlag?
    @Option(flag: "hypernetwork") var hypernetwork: SettingFlag?
    @Option(flag: "input-embeddings") var inputEmbeddings: SettingFlag?
    @Option(flag: "output-embeddings") var outputEmbeddings: SettingFlag?
    @Option(flag: "word-vectors") var wordVectors: SettingFlag?
    @Option(flag: "factorization") var factorization: SettingFlag?
    @Option(flag: "token-vectors") var tokenVectors: SettingFlag?
    @Option(flag: "source-word-vectors") var sourceWordVectors: SettingFlag?
    @Option(flag: "dictionary") var dictionary: SettingFlag?
    @Option(flag: "donor") var donor: SettingFlag?
    @Option(flag: "weights") var weights: SettingFlag?
}
