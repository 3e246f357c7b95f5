/// The scratch memory of one forward pass at a time, of whichever hypernetwork comes. A worker keeps one and reuses it: once it has
/// seen that hypernetwork's largest batch, the pass allocates nothing for its matrices.
public enum HypernetworkWorkspace: ~Copyable, Sendable {
    case empty
    case zett(ZeTTWorkspace)
    case hyperOFA(HyperOFAWorkspace)

    public init() { self = .empty }

    /// This memory, if it is of such a hypernetwork, or else new memory.
    consuming func zett(for configuration: ZeTTConfiguration) -> ZeTTWorkspace {
        if case .zett(let workspace) = consume self, workspace.configuration == configuration { return workspace }
        return ZeTTWorkspace(configuration)
    }

    /// Likewise.
    consuming func hyperOFA(for configuration: HyperOFAConfiguration, dimension: Int) -> HyperOFAWorkspace {
        if case .hyperOFA(let workspace) = consume self, workspace.fits(configuration, dimension: dimension) { return workspace }
        return HyperOFAWorkspace(configuration, dimension: dimension)
    }
}
