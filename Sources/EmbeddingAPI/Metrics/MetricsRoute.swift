import Generation
import HTTPServer
import Synchronization

extension EmbeddingService {
    /// `GET /metrics`: what the service has done and how it is, for Prometheus. Answered on the connection's loop: it takes no worker.
    public func addMetrics(to router: inout Router) {
        router.get("/metrics") { [self] _, exchange in
            var response = HTTPResponse(body: metricsText)
            response.fields.append(trusted: "Content-Type", ExpositionText.contentType)
            response.forbidStoring()
            exchange.respond(response)
        }
    }

    private var metricsText: [UInt8] {
        var text = ExpositionText()
        let models = catalog.models
        let isDraining = isDraining.load(ordering: .relaxed)
        text.begin("hyperembed_build_info", .gauge, "Which hyperembed this is.")
        text.sample(1, ("version", Version.current))
        text.add("hyperembed_ready", .gauge, "Whether readiness is 200.", models != nil && !isDraining ? 1 : 0)
        text.add("hyperembed_draining", .gauge, "Whether the service is shutting down.", isDraining ? 1 : 0)
        text.add(requestsOf: metrics.allListeners)
        text.add(connectionsOf: metrics.allListeners)
        text.add(metrics.phases)
        text.add(metrics.allTokens)
        text.add(engine)
        text.add(models?.map(\.model) ?? [])
        if let figures = ProcessFigures.read() { text.add(figures) }
        return text.bytes
    }
}

extension ExpositionText {
    fileprivate mutating func add(requestsOf listeners: [ListenerMetrics]) {
        let routes = listeners.flatMap { listener in listener.byRoute.map { (listener.name, $0.name, $0.metrics) } }
        begin("hyperembed_requests_total", .counter, "Requests that were answered, or given up.")
        for (listener, route, metrics) in routes {
            for (method, status, count) in metrics.counts {
                sample(count, ("listener", listener), ("route", route), ("method", method), ("status", status))
            }
        }
        begin("hyperembed_request_duration_seconds", .histogram, "From a request's last byte to its answer's.")
        for (listener, route, metrics) in routes {
            samples(metrics.durations.distribution, ("listener", listener), ("route", route))
        }
        func add(_ name: StaticString, _ help: StaticString, _ counter: KeyPath<RouteMetrics, Counter>) {
            begin(name, .counter, help)
            for (listener, route, metrics) in routes {
                sample(metrics[keyPath: counter].value, ("listener", listener), ("route", route))
            }
        }
        add("hyperembed_request_body_bytes_total", "Bytes of requests' bodies.", \.requestBytes)
        add("hyperembed_response_body_bytes_total", "Bytes of answers' bodies.", \.responseBytes)
        add("hyperembed_requests_cut_off_total", "Requests whose client did not get the whole answer.", \.cutOff)
    }

    fileprivate mutating func add(connectionsOf listeners: [ListenerMetrics]) {
        let servers = listeners.compactMap { listener in listener.statistics.map { (listener.name, $0) } }
        func add(_ name: StaticString, _ kind: Kind, _ help: StaticString, _ number: KeyPath<HTTPServerStatistics, Int>) {
            begin(name, kind, help)
            for (listener, statistics) in servers { sample(statistics[keyPath: number], ("listener", listener)) }
        }
        add("hyperembed_connections", .gauge, "Connections that are open.", \.openConnections)
        add("hyperembed_connections_accepted_total", .counter, "Connections that were taken, refused ones among them.", \.acceptedConnections)
        add("hyperembed_connections_refused_total", .counter, "Connections that were one too many.", \.refusedConnections)
        add("hyperembed_network_receive_bytes_total", .counter, "Bytes that clients have sent, decrypted.", \.receivedBytes)
        add("hyperembed_network_transmit_bytes_total", .counter, "Bytes that clients were sent, not yet encrypted.", \.sentBytes)
        add("hyperembed_tls_handshakes_total", .counter, "TLS handshakes that were completed.", \.completedHandshakes)
        add("hyperembed_tls_handshake_failures_total", .counter, "TLS handshakes that came to nothing.", \.failedHandshakes)
    }

    fileprivate mutating func add(_ phases: PhaseMetrics) {
        begin("hyperembed_phase_duration_seconds", .histogram, "What the phases of computed answers take.")
        for route in PhaseMetrics.Route.allCases {
            for phase in PhaseMetrics.Phase.allCases {
                guard let histogram = phases[route, phase] else { continue }
                samples(histogram.distribution, ("route", route.rawValue), ("phase", phase.rawValue))
            }
        }
    }

    fileprivate mutating func add(_ tokens: [(model: String, metrics: TokenMetrics)]) {
        begin("hyperembed_tokens_total", .counter, "Tokens whose rows were answered.")
        for (model, metrics) in tokens {
            for (method, status, count) in metrics.counts {
                sample(count, ("model", model), ("method", method.rawValue), ("status", status.rawValue))
            }
        }
        begin("hyperembed_source_pieces_total", .counter, "Pieces that those tokens are made of.")
        for (model, metrics) in tokens { sample(metrics.pieces.value, ("model", model)) }
    }

    fileprivate mutating func add(_ engine: GenerationEngine) {
        let work = engine.statistics
        begin("hyperembed_batch_rows", .histogram, "Source rows of the workers' batches, without those that the cache had.")
        samples(Distribution(bounds: WorkStatistics.batchBounds.map(Double.init), counts: work.batchesBySize, sum: Double(work.batchRows)))
        begin("hyperembed_queue_rows", .gauge, "Source rows that wait for a worker.")
        for priority in Priority.allCases {
            sample(work.waitingRowsByPriority[priority] ?? 0, ("priority", priority.rawValue))
        }
        add("hyperembed_workers", .gauge, "Worker threads.", Double(engine.workers))
        add("hyperembed_workers_busy", .gauge, "Worker threads that have something to do.", Double(work.busyWorkers))
        add("hyperembed_worker_busy_seconds_total", .counter, "What all workers have spent working.", work.busy / .seconds(1))
        begin("hyperembed_generations_failed_total", .counter, "Requests' rows, or slices of long ones, that were not computed.")
        sample(work.refused, ("reason", "queue_full"))
        sample(work.late, ("reason", "deadline_exceeded"))
        sample(work.cancelled, ("reason", "cancelled"))
    }

    fileprivate mutating func add(_ models: [EmbeddingModel]) {
        begin("hyperembed_model_info", .gauge, "Which models are loaded.")
        for model in models {
            sample(
                1, ("model", model.name), ("digest", model.digest), ("kind", model.predictor?.hypernetwork.kind ?? "none"),
                ("dimension", String(model.base.dimension)))
        }
        let caches = models.compactMap { model in model.predictor.map { (model.name, $0.generator.cacheStatistics) } }
        func add(_ name: StaticString, _ kind: Kind, _ help: StaticString, _ number: KeyPath<CacheStatistics, Int>) {
            begin(name, kind, help)
            for (model, statistics) in caches { sample(statistics[keyPath: number], ("model", model)) }
        }
        add("hyperembed_cache_hits_total", .counter, "Tokens whose rows were in the cache.", \.hits)
        add("hyperembed_cache_joins_total", .counter, "Tokens that another request was having computed.", \.joins)
        add("hyperembed_cache_misses_total", .counter, "Tokens that had to be computed.", \.misses)
        add("hyperembed_cache_rows", .gauge, "Tokens whose rows are in the cache.", \.rows)
        add("hyperembed_cache_bytes", .gauge, "Memory that those take.", \.bytes)
        add("hyperembed_cache_capacity_bytes", .gauge, "Memory that the cache may take.", \.capacityBytes)
    }

    fileprivate mutating func add(_ process: ProcessFigures) {
        add("process_cpu_seconds_total", .counter, "User and system time.", process.processorSeconds)
        add("process_resident_memory_bytes", .gauge, "Resident memory.", Double(process.residentBytes))
        add("process_virtual_memory_bytes", .gauge, "Virtual memory.", Double(process.virtualBytes))
        add("process_start_time_seconds", .gauge, "When the process has started, since 1970.", process.startSeconds)
        add("process_threads", .gauge, "Threads.", Double(process.threads))
        if let count = process.openDescriptors { add("process_open_fds", .gauge, "Open file descriptors.", Double(count)) }
        if let count = process.maximumDescriptors {
            add("process_max_fds", .gauge, "File descriptors that may be open.", Double(count))
        }
    }
}
