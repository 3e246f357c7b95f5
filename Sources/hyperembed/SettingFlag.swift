import ArgumentParser
import EmbeddingAPI

/// What the command line says of a setting, to be read along with what files and variables say of it.
struct SettingFlag: Sendable {
    let name: String
    let text: String
}

extension Option where Value == SettingFlag? {
    /// The flag of this name in the tables of settings.
    init(flag name: String) {
        var help = ArgumentHelp(settingOf: name)
        let model = ModelSettings(name: TokenEmbeddingsRequest.defaultModel)
        let standard =
            Setting.all.first { $0.flag == name }?.value(in: ServiceSettings())
            ?? Setting.all.first { $0.flag == name }?.value(in: model)
        if let standard { help.abstract += " (default: \(standard.filter { $0 != "\"" }))" }
        self.init(name: .customLong(name), help: help, transform: { SettingFlag(name: name, text: $0) })
    }
}

extension ArgumentHelp {
    /// What the tables of settings say of a flag.
    init(settingOf flag: String) {
        let service = Setting<ServiceSettings>.all.first { $0.flag == flag }
        let model = Setting<ModelSettings>.all.first { $0.flag == flag }
        self.init(
            "\(service?.help ?? model?.help ?? "")", valueName: service?.valueName ?? model?.valueName)
    }
}

/// A group of flags for settings.
protocol SettingFlags: ParsableArguments {}

extension SettingFlags {
    /// Those that the command line has.
    var given: [SettingFlag] {
        Mirror(reflecting: self).children.compactMap { ($0.value as? Option<SettingFlag?>)?.wrappedValue }
    }
}
