import EmbeddingAPI

/// What the log has of an error: a line for each thing that is wrong.
func messages(of error: any Error) -> [String] {
    switch error {
    case let error as CatalogLoadError: error.failures.map(\.description)
    case let error as APIKeyFileError: error.messages
    default: ["\(error)"]
    }
}
