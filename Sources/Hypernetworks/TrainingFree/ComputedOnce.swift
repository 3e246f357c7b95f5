import Synchronization

/// A value that is computed when it is first asked for; whoever asks meanwhile waits for it.
struct ComputedOnce<Value: Sendable>: ~Copyable {
    private let value = Mutex<Value?>(nil)

    func callAsFunction(_ compute: () -> Value) -> Value {
        value.withLock { value in
            if let value { return value }
            let computed = compute()
            value = computed
            return computed
        }
    }
}
