/// What happens to a model's vocabulary.
public enum VocabularyChange: Sendable {
    /// Tokens are put behind those that the tokenizer has. Rows from `AddedWords.firstID` on are new, and padding of the base
    /// there is taken for them.
    case appending(AddedWords)
    /// The tokenizer makes room for another: a folder with tokenizer.json and what belongs to it, or such a file alone. Every
    /// row is written anew.
    case replacing(tokenizer: String)
}
