import Foundation

/// The settings of the service after all that has a say in them: flags before variables before the file before defaults.
public struct EffectiveSettings: Sendable {
    public private(set) var settings = ServiceSettings()
    /// By the whole names of the settings; what is not in it is at its default.
    private var origins: [String: SettingOrigin] = [:]

    /// - Parameters:
    ///   - flags: what the command line says, by names of flags without their dashes.
    ///   - environment: all variables; those that do not begin with `HYPEREMBED_` are others' business.
    ///   - file: the configuration file; nil to go by the variable `HYPEREMBED_CONFIG`, or to do without.
    /// - Throws: all that is wrong with any of them.
    public init(
        flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) throws(ConfigurationError) {
        let named = file ?? environment[Self.fileVariable].flatMap { $0.isEmpty ? nil : $0 }
        let configuration = named.map(ConfigurationFile.init)
        let names = configuration?.modelNames ?? settings.models.map(\.name)
        var resolution = Resolution(flags: flags, environment: environment, file: configuration)

        resolution.resolve(Setting.all, into: &settings)
        settings.models = names.map { name in
            var model = ModelSettings(name: name)
            model.cacheBytes = settings.engine.cacheBytes
            resolution.resolve(Setting.all, under: "models.\(name).", into: &model)
            return model
        }
        resolution.refuseWhatIsUnknown()
        guard resolution.problems.isEmpty else { throw ConfigurationError(problems: resolution.problems) }
        origins = resolution.origins
    }

    fileprivate static let fileVariable = "HYPEREMBED_CONFIG"

    /// In the order of a configuration file, without `models`.
    fileprivate static let groups = Setting<ServiceSettings>.all.reduce(into: [String]()) { groups, setting in
        let group = setting.key.prefix { $0 != "." }
        if groups.last ?? "" != group { groups.append(String(group)) }
    }

    // MARK: Listing

    /// A configuration file that says all of this, and where each value comes from.
    public var yaml: String {
        var lines: [String] = []
        for group in Self.groups {
            lines.append("\(group):")
            for setting in Setting<ServiceSettings>.all where setting.key.hasPrefix(group + ".") {
                let name = setting.key.dropFirst(group.count + 1)
                lines.append(line(setting, of: settings, key: setting.key, name: name, indent: 2))
            }
        }
        lines.append("models:")
        for model in settings.models {
            lines.append("  \(model.name):")
            for setting in Setting<ModelSettings>.all {
                let key = "models.\(model.name).\(setting.key)"
                lines.append(line(setting, of: model, key: key, name: setting.key[...], indent: 4))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func line<Root>(_ setting: Setting<Root>, of root: Root, key: String, name: Substring, indent: Int) -> String {
        let origin = origins[key] ?? setting.inherits.flatMap { origins[$0] } ?? .byDefault
        return String(repeating: " ", count: indent) + "\(name): \(setting.text(root))  # \(origin.comment)"
    }
}

/// Gives settings their values, and finds what is wrong with those.
private struct Resolution {
    private let flags: [String: String]
    private let environment: [String: String]
    private let file: [String: GivenValue]
    /// Whether it is known what the file says: what is missing otherwise may be in it.
    private let isComplete: Bool
    private(set) var problems: [String]
    private(set) var origins: [String: SettingOrigin] = [:]
    /// Whole names of the settings that there are, in order.
    private var keys: [String] = []
    /// Flags that set one of them.
    private var usedFlags: Set<String> = []

    init(flags: [String: String], environment: [String: String], file: ConfigurationFile?) {
        self.flags = flags
        self.environment = environment
        self.file = file?.values ?? [:]
        isComplete = file?.isReadable ?? true
        problems = file?.problems ?? []
    }

    mutating func resolve<Root>(_ settings: [Setting<Root>], under prefix: String = "", into root: inout Root) {
        let defaults = root
        var refused: Set<String> = []
        for setting in settings {
            let key = prefix + setting.key
            keys.append(key)
            var last: GivenValue?
            // What does not have the last word must be right all the same.
            for given in values(of: setting, key: key) {
                var trial = root
                if setting.set(&trial, given) {
                    last = given
                } else {
                    refused.insert(setting.key)
                    problems.append("\(given.origin.subject(key)) takes \(setting.takes), not \(given.described)")
                }
            }
            guard let last, setting.set(&root, last) else { continue }
            origins[key] = setting.inherits != nil && last.content == .none ? nil : last.origin
        }
        guard isComplete else { return }
        for setting in settings where setting.text(root) != setting.text(defaults) {
            guard let needed = settings.first(where: { $0.key == setting.needs }), !refused.contains(needed.key),
                needed.value(in: root) == nil, let origin = origins[prefix + setting.key]
            else { continue }
            problems.append("\(origin.subject(prefix + setting.key)) needs \(origin.name(of: needed, key: prefix + needed.key))")
        }
    }

    /// All that is said of a setting; the last has the last word.
    private mutating func values<Root>(of setting: Setting<Root>, key: String) -> [GivenValue] {
        let variable = SettingOrigin.variable(key)
        var values = [file[key], environment[variable].map { GivenValue(.text($0), .environment(variable)) }].compactMap { $0 }
        let isOfFlag = key == setting.key || key == "models.\(TokenEmbeddingsRequest.defaultModel).\(setting.key)"
        if isOfFlag, let flag = setting.flag, let text = flags[flag] {
            usedFlags.insert(flag)
            values.append(GivenValue(.text(text), .flag(flag)))
        }
        return values
    }

    /// Nobody reads more of them, and each is compared with every key that there is.
    private static let maximumUnknown = 50

    /// To be called when all settings have been resolved.
    mutating func refuseWhatIsUnknown() {
        let groups = EffectiveSettings.groups
        let known = Set(keys)
        let unknown = file.filter { !known.contains($0.key) && !(groups.contains($0.key) && $0.value.content == .none) }
            .sorted { ($0.value.origin.line, $0.key) < ($1.value.origin.line, $1.key) }
        for (key, value) in unknown.prefix(Self.maximumUnknown) {
            if groups.contains(key) {
                problems.append("\(value.origin.subject(key)) takes a mapping of settings, not \(value.described)")
            } else {
                let suggestion = Suggestion.text(for: key, among: groups + ["models"] + keys, separator: ".")
                problems.append("\(value.origin.place)unknown key \(key.plain)\(suggestion)")
            }
        }
        if unknown.count > Self.maximumUnknown { problems.append("and \(unknown.count - Self.maximumUnknown) more unknown keys") }

        let keysOfVariables = Dictionary(grouping: keys, by: SettingOrigin.variable)
        for name in environment.keys.sorted() where name.hasPrefix(SettingOrigin.variablePrefix) {
            if let keys = keysOfVariables[name] {
                if keys.count > 1 { problems.append("\(name) stands for \(keys.joined(separator: " and for "))") }
            } else if isComplete, name != EffectiveSettings.fileVariable, !isOfContainers(name) {
                let names = keys.map(SettingOrigin.variable) + [EffectiveSettings.fileVariable]
                problems.append("unknown variable \(name.plain)\(Suggestion.text(for: name, among: names, separator: "_"))")
            }
        }

        for flag in flags.keys.sorted() where !usedFlags.contains(flag) {
            let name = TokenEmbeddingsRequest.defaultModel
            problems.append("--\(flag) is for the model \(name), and there are only others")
        }
    }

    /// Whether Kubernetes has made the variable, for a service that is called hyperembed: such as `HYPEREMBED_SERVICE_HOST` and
    /// `HYPEREMBED_PORT_8080_TCP_ADDR`.
    private func isOfContainers(_ name: String) -> Bool {
        let rest = name.dropFirst(SettingOrigin.variablePrefix.count)
        if rest == "SERVICE_HOST" || rest.hasPrefix("SERVICE_PORT") { return true }
        if rest == "PORT" { return environment[name]?.contains("://") ?? false }
        return rest.hasPrefix("PORT_") && rest.dropFirst(5).first?.isNumber ?? false
    }
}

extension String {
    /// For messages: a name as it is, or in quotes what is none.
    fileprivate var plain: String {
        let isName = count <= 80 && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) }
        return isName ? self : GivenValue.quoted(self)
    }
}
