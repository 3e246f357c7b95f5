import HTTPServer
import Tensors

/// All settings of the service but its models', in the order of a configuration file.
extension Setting where Root == ServiceSettings {
    public static let all: [Setting] = [
        Setting(
            "server.host", \.server.host, .text("host"), flag: "host",
            "Address to listen on; :: takes IPv4 and IPv6."),
        Setting(
            "server.port", \.server.port, .integer(0...65_535, valueName: "port"), flag: "port",
            "Port to listen on; 0 for any free one, which is printed."),
        Setting(
            "server.unix_socket", \.server.unixSocket, .optional(.path("path")), flag: "unix-socket",
            "Listen on this Unix-domain socket instead."),
        Setting(
            "server.idle_timeout", \.server.idleTimeout, .seconds, flag: "idle-timeout",
            "How long a connection may wait for its next request."),
        Setting(
            "server.lame_duck", \.server.lameDuck, .seconds, flag: "lame-duck",
            "After SIGTERM: how long /readyz says 503 while requests are still taken, so that load balancers notice."),
        Setting(
            "server.drain_timeout", \.server.drainTimeout, .seconds, flag: "drain-timeout",
            "After that: how long to wait for requests that are under way."),
        Setting(
            "server.compression_level", \.server.compressionLevel, .integer(0...9, valueName: "level"), flag: "compression-level",
            "How hard to compress answers, 1 to 9; 0 for not at all."),

        Setting(
            "admin.host", \.admin.host, .text("host"), flag: "admin-host",
            "Address of the admin listener: who reaches it may reload models."),
        Setting(
            "admin.port", \.admin.port, .optional(.integer(0...65_535, valueName: "port")), flag: "admin-port",
            "Port of the admin listener; 0 for any free one. Without it there is no such listener."),

        Setting(
            "tls.certificate", \.tls.certificate, .optional(.path("file")), flag: "tls-certificate", needs: "tls.key",
            "Speak HTTPS with this certificate: a PEM file, intermediate certificates behind it."),
        Setting(
            "tls.key", \.tls.key, .optional(.path("file")), flag: "tls-key", needs: "tls.certificate",
            "The certificate's private key: a PEM file, not encrypted."),
        Setting(
            "tls.client_authorities", \.tls.clientAuthorities, .optional(.path("file")), flag: "tls-client-authorities",
            needs: "tls.certificate",
            "Ask clients for certificates that these authorities have signed: a PEM file."),
        Setting(
            "tls.client_certificates", \.tls.clientCertificates, .word, flag: "tls-client-certificates",
            "Whether a client must have a certificate, where authorities are named."),
        Setting(
            "tls.minimum_version", \.tls.minimumVersion, .word, flag: "tls-minimum-version",
            "The oldest version of TLS to speak."),

        Setting(
            "limits.max_connections", \.limits.maxConnections, .integer(1...Int.max), flag: "max-connections",
            "Connections at once; more are answered with 503."),
        Setting(
            "limits.max_connections_per_address", \.limits.maxConnectionsPerAddress, .optional(.integer(1...Int.max)),
            flag: "max-connections-per-address",
            "Connections at once from one address; not limited by default."),

        Setting(
            "engine.workers", \.engine.workers, .optional(.integer(1...1024)), flag: "workers",
            "Threads that compute; by default as many as the machine or the control group grants."),
        Setting(
            "engine.cache_megabytes", \.engine.cacheBytes, .megabytes, flag: "cache-megabytes",
            "Memory for finished rows of each model; 0 keeps none."),
        Setting(
            "engine.queue_rows", \.engine.queueRows, .integer(1...Int.max), flag: "queue-rows",
            "Source pieces that may wait at once, in each priority; requests beyond that get 429."),

        Setting(
            "metrics.listener", \.metrics.listener, .word, flag: "metrics-listener", needs: "admin.port",
            "Which listener answers GET /metrics."),

        Setting(
            "keys.file", \.keys.file, .optional(.path("file")), flag: "keys-file",
            "File of the API keys' hashes. Without it anyone may use the service."),

        Setting(
            "log.format", \.log.format, .word, flag: "log-format",
            "How the service's own messages look, on standard error."),
        Setting(
            "log.level", \.log.level, .word, flag: "log-level",
            "The least of those messages that is written."),
        Setting(
            "log.tokens", \.log.tokens, .boolean, flag: "log-tokens",
            "Whether the text of tokens may be in them."),
        Setting(
            "log.requests", \.log.requests, .word, flag: "access-log",
            "Write a line for every request to standard output."),

        Setting(
            "page.enabled", \.page.isEnabled, .boolean, flag: "page-enabled",
            "Whether / and /docs are served."),
    ]
}

/// The settings of a model, in the order of a configuration file. On the command line they are those of the model `default`.
extension Setting where Root == ModelSettings {
    public static let all: [Setting] = [
        Setting(
            "base", \.base, .optional(.path("dir")), flag: "base",
            "Folder of the base model: config.json, tokenizer.json, model.safetensors."),
        Setting(
            "hypernetwork", \.hypernetwork, .optional(.path("dir")), flag: "hypernetwork", needs: "base",
            """
            Folder of the hypernetwork: config.json, tokenizer.json, model.safetensors. Without it a base has only the methods \
            that need none.
            """),
        Setting(
            "input_embeddings", \.inputEmbeddings, .optional(.text("key")), flag: "input-embeddings",
            "Tensor of the base's input embeddings, where config.json does not tell."),
        Setting(
            "output_embeddings", \.outputEmbeddings, .optional(.text("key")), flag: "output-embeddings", needs: "input_embeddings",
            "Tensor of the base's output embeddings; without it the base is tied."),
        Setting(
            "word_vectors", \.parts.wordVectors, .optional(.path("file")), flag: "word-vectors",
            "Vectors of words that new tokens are looked up in: a table (hyperembed vectors), or any file that one is made of."),
        Setting(
            "factorization", \.parts.factorization, .optional(.path("file")), flag: "factorization",
            """
            Coordinates and primitives of the base's input embeddings (hyperembed factorize), for rows to have coordinates; \
            made anew for a hypernetwork that predicts some.
            """),
        Setting(
            "token_vectors", \.parts.tokenVectors, .optional(.path("file")), flag: "token-vectors", needs: "word_vectors",
            "Vectors of the base's tokens (hyperembed token-vectors), for the method word_vectors."),
        Setting(
            "source_word_vectors", \.parts.sourceWordVectors, .optional(.path("file")), flag: "source-word-vectors", needs: "dictionary",
            """
            The vectors of words that the token vectors are made of, where word_vectors are of another language: both are \
            aligned.
            """),
        Setting(
            "dictionary", \.parts.dictionary, .optional(.path("file")), flag: "dictionary", needs: "source_word_vectors",
            "Pairs of words to align by, one in a line: of source_word_vectors and, behind a tab, of word_vectors."),
        Setting(
            "donor", \.parts.donor, .optional(.path("dir")), flag: "donor",
            "Folder of a model, as of the base, with rows for tokens that the base lacks: for the methods omp and interpolation."),
        Setting(
            "weights", \.weights, .word, flag: "weights",
            "How the hypernetwork's weights are kept: 16 bits take half the memory and lose some digits."),
        Setting(
            "cache_megabytes", \.cacheBytes, .megabytes, inherits: "engine.cache_megabytes",
            "Memory for finished rows of this model; engine.cache_megabytes by default."),
        Setting(
            "methods", \.methods, .optional(.methods),
            "The methods that requests may use; all by default."),
        Setting(
            "maximum_tokens", \.maximumTokens, .optional(.integer(1...RequestLimits().maximumVocabulary)),
            "Tokens that one request may have, and ids of a vocabulary; as many as for any model by default."),
    ]
}
