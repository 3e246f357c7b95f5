import Tensors

/// A hypernetwork of one of the kinds that there are: predicts the rows of new tokens from the ids of what they are made of.
public enum Hypernetwork: Sendable {
    case zett(ZeTTHypernetwork)
    case hyperOFA(HyperOFAHypernetwork)

    /// "zett" or "hyperofa".
    public var kind: String {
        switch self {
        case .zett: "zett"
        case .hyperOFA: "hyperofa"
        }
    }

    /// Nil for one of another kind.
    public var zett: ZeTTHypernetwork? { if case .zett(let network) = self { network } else { nil } }

    /// Nil for one of another kind.
    public var hyperOFA: HyperOFAHypernetwork? { if case .hyperOFA(let network) = self { network } else { nil } }

    /// What it predicts of each row.
    public var rowShape: RowShape {
        switch self {
        case .zett(let network): network.configuration.rowShape
        case .hyperOFA(let network): network.rowShape
        }
    }

    /// Bytes that the packed weights of its layers take.
    public var packedByteCount: Int {
        switch self {
        case .zett(let network): network.packedByteCount
        case .hyperOFA(let network): network.packedByteCount
        }
    }

    /// Tables of its own that stay in their files.
    public var mappedTables: [MappedTensor] {
        switch self {
        case .zett(let network): network.mappedTables
        case .hyperOFA(let network): network.mappedTables
        }
    }

    /// How many times as many rows as ZeTT's a batch wants before the matrix kernels run at full speed: ZeTT multiplies all rows
    /// of a batch at once, an LSTM those of one step of each sequence.
    public var batchScale: Int {
        switch self {
        case .zett: 1
        case .hyperOFA: 16
        }
    }

    /// Predicts the rows of `tokens`, which must pass the network's own `validate`.
    public func generate(_ tokens: ArraySlice<HypernetworkInput>, workspace: inout HypernetworkWorkspace) -> GeneratedRows {
        predict(tokens, workspace: &workspace)
        let rows = GeneratedRows(count: tokens.count, shape: rowShape)
        for token in 0..<tokens.count { rows.store(token, from: workspace, token: token) }
        return rows
    }

    /// Predicts the rows of `tokens`, which must pass the network's own `validate`, and leaves them in `workspace`, from where
    /// `GeneratedRows.store` takes them.
    ///
    /// - Parameter pause: called between the matrix products, a few milliseconds apart: whoever runs the pass can do there what
    ///   is more urgent.
    public func predict(
        _ tokens: ArraySlice<HypernetworkInput>, workspace: inout HypernetworkWorkspace, pause: () -> Void = {}
    ) {
        switch self {
        case .zett(let network):
            var memory = (consume workspace).zett(for: network.configuration)
            network.predict(tokens, workspace: &memory, pause: pause)
            workspace = .zett(memory)
        case .hyperOFA(let network):
            var memory = (consume workspace).hyperOFA(for: network.configuration, dimension: network.rowShape.dimension)
            network.predict(tokens.map(\.ids)[...], workspace: &memory, pause: pause)
            workspace = .hyperOFA(memory)
        }
    }
}
