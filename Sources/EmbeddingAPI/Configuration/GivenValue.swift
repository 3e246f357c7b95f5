/// What a file, a variable or a flag says of a setting.
struct GivenValue: Sendable, Equatable {
    enum Content: Sendable, Equatable {
        /// YAML's null, or an empty text: whatever the setting is without a value.
        case none
        case text(String)
        case list([String])
        case mapping
    }

    let content: Content
    let origin: SettingOrigin
    /// What relative paths are relative to; nil for the working directory.
    var folder: String?

    init(_ content: Content, _ origin: SettingOrigin, folder: String? = nil) {
        self.content = content == .text("") ? .none : content
        self.origin = origin
        self.folder = folder
    }

    var text: String? { if case .text(let text) = content { text } else { nil } }

    /// For messages.
    var described: String {
        switch content {
        case .none: "nothing"
        case .text(let text): Self.quoted(text)
        case .list(let list): "[\(list.prefix(16).map(Self.quoted).joined(separator: ", "))]"
        case .mapping: "a mapping"
        }
    }

    /// A text for messages: never a line of its own, never long.
    static func quoted(_ text: String) -> String {
        text.count > 80 ? String(text.prefix(80)).debugDescription + "…" : text.debugDescription
    }
}
