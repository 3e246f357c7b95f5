/// What there is to know of one setting: what it is called in each place, what it takes, and where its value goes.
public struct Setting<Root: Sendable>: Sendable {
    /// "server.port"; for one of a model's, what comes behind the model's name.
    public let key: String
    /// Its name on the command line, without the dashes; nil for one that only files and variables can say.
    public let flag: String?
    /// For the command line's help.
    public let help: String
    /// What stands for the value in that help.
    public let valueName: String
    /// A setting of the same root that this one cannot do without, once it is not at its default.
    let needs: String?
    /// The setting of the service whose value this one has, unless it is given one.
    let inherits: String?
    /// In words, to follow "takes".
    let takes: String
    /// Puts a value in its place; false for one that the setting does not take.
    let set: @Sendable (inout Root, GivenValue) -> Bool
    /// The value as YAML.
    let text: @Sendable (Root) -> String

    init<Value>(
        _ key: String, _ path: WritableKeyPath<Root, Value> & Sendable, _ format: SettingFormat<Value>, flag: String? = nil,
        needs: String? = nil, inherits: String? = nil, _ help: String
    ) {
        self.key = key
        self.flag = flag
        self.help = help
        self.needs = needs
        self.inherits = inherits
        valueName = format.valueName
        takes = format.takes
        set = { root, given in
            if inherits != nil, given.content == .none { return true }
            guard let value = format.read(given) else { return false }
            root[keyPath: path] = value
            return true
        }
        text = { format.write($0[keyPath: path]) }
    }

    /// Its value in `root` as YAML; nil for nothing.
    public func value(in root: Root) -> String? {
        let text = text(root)
        return text == YAMLText.null ? nil : text
    }
}
