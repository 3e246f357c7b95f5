/// Where a setting has its value from.
enum SettingOrigin: Sendable, Equatable {
    case byDefault
    case file(String, line: Int)
    case environment(String)
    case flag(String)

    /// As the listing of settings has it.
    var comment: String {
        switch self {
        case .byDefault: "default"
        case .file(_, let line): "file:\(line)"
        case .environment(let name): "environment \(name)"
        case .flag(let name): "flag --\(name)"
        }
    }

    /// What messages begin with that are not of a setting.
    var place: String { if case .file(let path, let line) = self { "\(path):\(line): " } else { "" } }

    /// From 1; 0 outside files.
    var line: Int { if case .file(_, let line) = self { line } else { 0 } }

    /// What messages begin with: the setting's name as it is here.
    func subject(_ key: String) -> String {
        switch self {
        case .byDefault, .file: place + key
        case .environment(let name): name
        case .flag(let name): "--\(name)"
        }
    }

    /// What another setting is called in the same place.
    func name<Root>(of setting: Setting<Root>, key: String) -> String {
        switch self {
        case .byDefault, .file: key
        case .environment: Self.variable(key)
        case .flag: setting.flag.map { "--\($0)" } ?? key
        }
    }

    static let variablePrefix = "HYPEREMBED_"

    /// The variable of a setting.
    static func variable(_ key: String) -> String {
        variablePrefix + String(key.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }
}
