import Hypernetworks
import Testing

@testable import Generation

@Suite struct MethodParametersTests {
    private func parameters(_ set: (inout MethodParameters) -> Void) -> MethodParameters {
        var parameters = MethodParameters()
        set(&parameters)
        return parameters
    }

    private func refused(_ method: Generation.Method, _ set: (inout MethodParameters) -> Void) -> [String] {
        var choice = MethodChoice(method)
        return choice.set(parameters(set)).map { "\($0.parameter) \($0)" }
    }

    @Test func defaultsAreThoseOfThePapers() {
        var choice = MethodChoice(.wordVectors)
        #expect(choice.set(MethodParameters()).isEmpty)
        #expect(choice.similarity == .softmax(count: 10, temperature: 0.1))
        #expect(choice.pursuit.atoms == 64 && choice.interpolation == NeighborInterpolation())
        #expect(choice.interpolation.count == 64 && choice.interpolation.metric == .euclidean)
        #expect(choice.interpolation.weighting == .distanceProportional)
    }

    @Test func eachMethodHasWeightingsOfItsOwn() throws {
        var words = MethodChoice(.wordVectors)
        #expect(words.set(parameters { ($0.weighting, $0.neighbors, $0.temperature) = ("softmax", 3, 0.5) }).isEmpty)
        #expect(words.similarity == .softmax(count: 3, temperature: 0.5))
        #expect(words.set(parameters { $0.weighting = "proportional" }).isEmpty && words.similarity == .proportional)
        var donors = MethodChoice(.interpolation)
        #expect(donors.set(parameters { ($0.weighting, $0.neighbors, $0.metric) = ("barycentric", 5, .cosine) }).isEmpty)
        #expect(donors.interpolation == (try NeighborInterpolation(count: 5, metric: .cosine, weighting: .barycentric)))
        var pieces = MethodChoice(.weighted)
        #expect(pieces.set(parameters { $0.weighting = "linear" }).isEmpty && pieces.weighting == .linear)
        var pursuit = MethodChoice(.omp)
        #expect(pursuit.set(parameters { $0.atoms = 8 }).isEmpty && pursuit.pursuit.atoms == 8)
    }

    @Test func methodsThatAreComparedWithHaveThemToo() {
        var choice = MethodChoice(.weighted)
        #expect(choice.set(parameters { ($0.weighting, $0.neighbors, $0.atoms) = ("linear", 7, 9) }).isEmpty)
        #expect(choice.with(.wordVectors).similarity == .softmax(count: 7, temperature: 0.1))
        #expect(choice.with(.interpolation).interpolation.count == 7 && choice.with(.omp).pursuit.atoms == 9)
        // A weighting is its method's own by its name.
        var mean = MethodChoice(.mean)
        #expect(mean.set(parameters { $0.weighting = "sparsemax" }).isEmpty && mean.with(.wordVectors).similarity == .sparsemax)
        #expect(mean.with(.interpolation).interpolation.weighting == .distanceProportional)
        var other = MethodChoice(.hypernetwork)
        #expect(other.set(parameters { $0.weighting = "barycentric" }).isEmpty)
        #expect(other.with(.interpolation).interpolation.weighting == .barycentric)
        #expect(other.with(.wordVectors).similarity == .softmax(count: 10, temperature: 0.1))
        let names = Generation.Method.allCases.flatMap(\.weightings)
        #expect(Set(names).count == names.count)
    }

    @Test func refusals() {
        #expect(refused(.wordVectors) { $0.weighting = "linear" } == ["weighting must be one of softmax, sparsemax, proportional"])
        #expect(
            refused(.interpolation) { $0.weighting = "softmax" } == [
                "weighting must be one of distance_proportional, barycentric, least_squares"
            ])
        let weightings = "exponential, linear, first_last, first, last, sum"
        #expect(refused(.weighted) { _ in } == ["weighting method weighted needs one of \(weightings)"])
        #expect(refused(.mean) { $0.weighting = "nothing" }.count == 1 && refused(.mean) { $0.weighting = "softmax" }.isEmpty)
        for count in [0, -1, 257, Int.max] {
            #expect(refused(.omp) { $0.atoms = count } == ["atoms must be 1 to 256"])
            #expect(refused(.mean) { $0.neighbors = count } == ["neighbors must be 1 to 256"])
        }
        for temperature: Float in [0, -1, .nan, .infinity] {
            #expect(refused(.wordVectors) { $0.temperature = temperature } == ["temperature must be above 0, up to 1000"])
        }
        var choice = MethodChoice(.omp)
        #expect(!choice.set(parameters { ($0.atoms, $0.neighbors) = (8, 0) }).isEmpty && choice.pursuit.atoms == 64)
    }

    /// What decides about rows is in a file's metadata, and nothing else.
    @Test func metadataOfFiles() throws {
        func metadata(_ method: Generation.Method, _ set: (inout MethodParameters) -> Void = { _ in }) throws -> [String] {
            var options = RowOptions()
            options.choice = MethodChoice(method)
            #expect(options.choice.set(parameters(set)).isEmpty)
            options.choice.seed = 5
            return options.metadata(for: try sharedBase.get()).map { "\($0.key)=\($0.value)" }
        }
        #expect(try metadata(.mean) == ["method=mean", "norm=none"])
        #expect(try metadata(.hypernetwork) == ["method=hypernetwork", "norm=none"])
        #expect(
            try metadata(.wordVectors) == [
                "method=word_vectors", "norm=none", "weighting=softmax", "neighbors=10", "temperature=0.1", "seed=5",
            ])
        #expect(
            try metadata(.wordVectors) { $0.weighting = "sparsemax" } == [
                "method=word_vectors", "norm=none", "weighting=sparsemax", "seed=5",
            ])
        #expect(try metadata(.omp) { $0.atoms = 9 } == ["method=omp", "norm=none", "atoms=9", "seed=5"])
        #expect(
            try metadata(.interpolation) { $0.metric = .cosine } == [
                "method=interpolation", "norm=none", "weighting=distance_proportional", "neighbors=64", "metric=cosine", "seed=5",
            ])
        #expect(try metadata(.weighted) { $0.weighting = "sum" } == ["method=weighted", "norm=none", "weighting=sum"])
    }
}
