import Foundation

/// The steps of a tokenizer's normaliser that change characters.
///
/// A new token's surface form goes through these, because the base model would never see anything else. Steps that only insert,
/// remove or replace spaces are left out when the file is read: the token's own leading space is what it says it is.
public indirect enum Normalizer: Sendable {
    case sequence([Normalizer])
    /// BERT's clean-up: control and replacement characters go, any white space becomes a space.
    case cleanText
    /// Each character by itself, so that a final sigma is like any other.
    case lowercase
    /// NFC.
    case canonicalComposition
    /// NFD.
    case canonicalDecomposition
    /// NFKC.
    case compatibilityComposition
    /// NFKD.
    case compatibilityDecomposition
    /// BERT's accent stripping, which comes after decomposition: category Mn.
    case stripNonspacingMarks
    /// All combining marks: categories Mn, Mc and Me.
    case stripMarks
    /// The clean-up of SentencePiece's NMT rules.
    case nmt
    case characterMap(PrecompiledCharacterMap)
    case replace(String, String)
    case replaceMatches(RegularExpression, String)

    /// The text as the base model's tokenizer would see it.
    public func normalize(_ text: String) -> String {
        if text.utf8.allSatisfy({ 0x20 <= $0 && $0 < 0x7F }), let normalized = normalizePrintableASCII(text) { return normalized }
        switch self {
        case .sequence(let steps): return steps.reduce(text) { $1.normalize($0) }
        case .cleanText: return mapScalars(text, Self.cleaned)
        case .lowercase: return mapScalars(text) { $0.properties.lowercaseMapping }
        case .canonicalComposition: return text.precomposedStringWithCanonicalMapping
        case .canonicalDecomposition: return text.decomposedStringWithCanonicalMapping
        case .compatibilityComposition: return text.precomposedStringWithCompatibilityMapping
        case .compatibilityDecomposition: return text.decomposedStringWithCompatibilityMapping
        case .stripNonspacingMarks:
            return mapScalars(text) { $0.properties.generalCategory == .nonspacingMark ? "" : String($0) }
        case .stripMarks: return mapScalars(text) { Self.isMark($0) ? "" : String($0) }
        case .nmt: return mapScalars(text, Self.cleanedForTranslation)
        case .characterMap(let map): return map.apply(to: text)
        case .replace(let pattern, let content): return text.replacingOccurrences(of: pattern, with: content, options: .literal)
        case .replaceMatches(let expression, let content): return expression.replaceMatches(in: text, with: content)
        }
    }

    /// In most new words there is nothing to clean, to compose or to strip. Nil where that takes a closer look.
    private func normalizePrintableASCII(_ text: String) -> String? {
        switch self {
        case .cleanText, .canonicalComposition, .canonicalDecomposition, .compatibilityComposition, .compatibilityDecomposition,
            .stripNonspacingMarks, .stripMarks, .nmt:
            text
        case .lowercase: text.lowercased()
        case .sequence, .characterMap, .replace, .replaceMatches: nil
        }
    }

    private func mapScalars(_ text: String, _ map: (Unicode.Scalar) -> String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(contentsOf: map(scalar).unicodeScalars) }
        return String(result)
    }

    private static func cleaned(_ scalar: Unicode.Scalar) -> String {
        if ["\t", "\n", "\r"].contains(scalar) { return " " }
        switch scalar.properties.generalCategory {
        // Further control characters, some of which are white space too.
        case .control, .format, .privateUse, .surrogate: return ""
        default: return scalar == "\u{FFFD}" ? "" : scalar.properties.isWhitespace ? " " : String(scalar)
        }
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    private static func cleanedForTranslation(_ scalar: Unicode.Scalar) -> String {
        switch scalar.value {
        case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: ""
        case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: " "
        default: String(scalar)
        }
    }
}

extension Normalizer {
    private static let spaces: Set<Character> = [" ", "▁"]

    /// Whether replacing `text` by `content` touches nothing but spaces and the sign that SentencePiece writes for them.
    static func onlyTouchesSpaces(text: String, content: String) -> Bool {
        text.allSatisfy(spaces.contains) && content.allSatisfy(spaces.contains)
    }

    /// The same for a regular expression: nothing but spaces, `\s`, anchors and quantifiers.
    static func onlyTouchesSpaces(expression: String, content: String) -> Bool {
        let rest = expression.replacingOccurrences(of: "\\s", with: " ")
            .replacingOccurrences(of: "\\{[0-9]*,?[0-9]*\\}", with: "", options: .regularExpression)
        return rest.contains(where: spaces.contains)
            && rest.allSatisfy { spaces.contains($0) || "^$+*?()[]|".contains($0) } && content.allSatisfy(spaces.contains)
    }
}
