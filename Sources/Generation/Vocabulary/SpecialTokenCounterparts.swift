import Tokenization

extension BaseTokenizer {
    /// Roles that come to the same: what one family of models begins a text with (`<s>`) is another's class token (`[CLS]`).
    private static let kindredRoles: [[SpecialTokens.Role]] = [[.eos, .sep], [.bos, .cls], [.pad], [.unk], [.mask]]

    /// The special token that is for the same as another vocabulary's: the one of the same name, or else the first that there is of
    /// those that usually have its role.
    func counterpart(ofSpecial content: [UInt8]) -> Int? {
        if let id = specialID(of: content) { return id }
        let names = Self.kindredRoles.map { $0.flatMap(\.usualNames) }
            .first { $0.contains { $0.utf8.elementsEqual(content) } }
        return names?.lazy.compactMap { self.specialID(of: Array($0.utf8)) }.first
    }
}
