import Hypernetworks

/// Tokens on their way through one forward pass, with the scratch memory of that. Once it has seen its largest batch it allocates
/// nothing.
struct Batch: ~Copyable {
    /// Taken from the queue, all for one generator, and not yet looked up in its cache.
    var wanted: [Destination] = []
    private var computed: [Destination] = []
    private var inputs: [HypernetworkInput] = []
    private var completed: [GenerationRequest] = []
    /// Fits the last batch's hypernetwork, which may be gone: a worker without work keeps no model in memory.
    private var workspace = HypernetworkWorkspace()

    /// Source rows that are left for the forward pass.
    private(set) var rows = 0

    /// Serves what is `wanted` from the cache; what is not there is left for `predict`.
    mutating func claim(from generator: RowGenerator) {
        let first = computed.count
        generator.cache.claim(wanted, into: &computed, completed: &completed)
        wanted.removeAll(keepingCapacity: true)
        for destination in computed[first...] { inputs.append(destination.input) }
        rows += inputs[first...].sourceRows
    }

    /// Computes what is left and hands it out.
    mutating func predict(with generator: RowGenerator, pause: () -> Void) {
        guard !inputs.isEmpty else { return }
        generator.hypernetwork.predict(inputs[...], workspace: &workspace, pause: pause)
        generator.cache.finish(computed, workspace: workspace, completed: &completed)
        computed.removeAll(keepingCapacity: true)
        inputs.removeAll(keepingCapacity: true)
        rows = 0
    }

    /// Tells the requests that have all their rows now.
    mutating func complete(on worker: Worker) {
        for request in completed { request.complete(on: worker) }
        completed.removeAll(keepingCapacity: true)
    }
}
