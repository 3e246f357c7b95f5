/// What a row is made of without a hypernetwork. μ and σ are the mean and the standard deviation of each dimension over the
/// base's valid rows, Σ is their covariance; seeds are the token's, see `TokenSeed`.
public enum RowRecipe: Sendable, Equatable {
    /// A weighted sum of base rows.
    case combination(Combination)
    /// μ itself: for tokens that nothing is known of.
    case baseMean
    /// A sample of N(μ, diag σ²).
    case normal(seed: UInt64)
    /// A sample of N(μ, scale · Σ): Hewitt, Initializing new word embeddings for pretrained language models. The scale is not
    /// negative; customary is 1e-5, or 1 for rows as spread as the base's.
    case multivariate(scale: Float, seed: UInt64)
    /// A sample of N(μ, diag σ²) over the base tokens of one class; over all of them when fewer than two are of that class.
    case script(ScriptClass, seed: UInt64)
}
