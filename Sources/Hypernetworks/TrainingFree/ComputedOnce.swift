import Synchronization

/// A value that is computed when it is first asked for; whoever asks meanwhile waits for it.
public struct ComputedOnce<Value: Sendable>: ~Copyable, Sendable {
    private let value = Mutex<Value?>(nil)

    public init() {}

    public func callAsFunction(_ compute: () -> Value) -> Value {
        value.withLock { value in
            if let value { return value }
            let computed = compute()
            value = computed
            return computed
        }
    }
}
