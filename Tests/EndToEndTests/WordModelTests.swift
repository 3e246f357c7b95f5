import Foundation
import Tensors
import Testing

/// Models that look at words and donors, through the built binary.
@Suite struct WordModelTests {
    private static let tokens = "/v1/token-embeddings"
    private static let decompositions = "/v1/decompositions"
    private static let vocabulary = "/v1/vocabulary-embeddings"

    /// The base's rows.
    private let base: MappedTensor

    init() throws {
        base = try #require(SafetensorsFile(path: WordModels.base + "/model.safetensors")["embeddings.word_embeddings.weight"])
    }

    private func post(
        _ models: WordModels, _ body: [String: Any], to path: String = tokens, _ accept: String = "application/json"
    ) throws -> ServerProcess.Answer {
        let answer = try models.server.post(path, json: body, "-H", "Accept: \(accept)")
        try #require(answer.status == 200, "\(body): \(String(decoding: answer.body.prefix(500), as: UTF8.self))")
        return answer
    }

    private func floats(_ value: Any?) throws -> [Float] { try #require(value as? [Double]).map { Float($0) } }

    private func statuses(_ file: SafetensorsFile) throws -> [UInt8] {
        let tensor = try #require(file["row_status"])
        return tensor.file.withBytes(in: tensor.byteRange) { Array($0) }
    }

    /// The sum of rows of the base with weights, some of its columns.
    private func sum(_ rows: [(id: Int, weight: Double)]) throws -> [Double] {
        var sum = [Double](repeating: 0, count: 16)
        for (id, weight) in rows {
            let row = try base.rows(id..<id + 1).floats()
            for column in sum.indices { sum[column] += weight * Double(row[column]) }
        }
        return sum
    }

    // MARK: HyperOFA

    /// The authors' coordinates come in every format, and rows are what the primitives make of them.
    @Test func coordinatesAreTheAuthors() throws {
        let models = try WordModels(["hyperofa"])
        let scratch = try Scratch()
        let golden = try SafetensorsFile(path: WordModels.hypernetwork + "/case.safetensors")
        let indices = try #require(golden["word_indices"])
        let ids = try indices.integers()
        let expected = try rows(golden, "expected_coordinates")
        let contexts = expected.indices.map { token in
            Array(ids[token * indices.rowWidth..<(token + 1) * indices.rowWidth].filter { $0 < 150 }.map(Int.init))
        }
        let body: [String: Any] = [
            "model": "hyperofa", "outputs": ["coordinates", "input"],
            "tokens": contexts.enumerated().map { ["token": " q\($0)", "word_ids": $1] as [String: Any] },
        ]
        let answered = try items(post(models, body))
        for (item, (expected, context)) in zip(answered, zip(expected, contexts)) {
            #expect(item["status"] as? String == "generated" && item["source_ids"] as? [Int] == context)
            #expect(item["pieces"] as? Int == context.count && item["warnings"] as? [String] == [])
            let found = try floats(item["coordinates"])
            #expect(found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-4 })
        }
        let coordinates = try bits(answered, "coordinates")
        #expect(coordinates.count == expected.count && !coordinates.isEmpty)
        #expect(try bits(items(post(models, body.merging(["encoding": "base64"]) { $1 })), "coordinates") == coordinates)
        let tensors = try file(post(models, body, "application/vnd.safetensors").body, scratch)
        #expect(try bits(tensors, "coordinates") == coordinates)
        #expect(try bits(tensors, "input_embeddings") == bits(answered))
        // They come where they are asked for.
        let plain = try items(post(models, body.filter { $0.key != "outputs" }))
        #expect(plain.allSatisfy { $0["coordinates"] == nil && $0["input"] != nil })
        // A base that is not factorised has none, as a tied one has no output rows.
        let none = try items(post(models, ["tokens": [" blockchain"], "outputs": ["coordinates"]]))
        #expect(none[0]["coordinates"] == nil && none[0]["input"] == nil)
    }

    /// A token that the base has is copied, in other cases too if asked for; one in words is predicted, any other is drawn.
    @Test func threeStepsOfInitialization() throws {
        let models = try WordModels(["hyperofa"])
        let scratch = try Scratch()
        let pieces = ["Ġword", "ĠWORD", "Ġblockchain", "Ġqqq"]
        let body: [String: Any] = [
            "model": "hyperofa", "tokens": pieces, "form": "byte_level", "on_existing": "copy_ignoring_case",
            "outputs": ["input", "coordinates"],
        ]
        let found = try items(post(models, body))
        #expect(found.map { $0["status"] as? String } == ["copied", "copied", "generated", "sampled"])
        #expect(found.map { $0["warnings"] as? [String] } == [["existing"], ["case_differs"], [], ["not_covered"]])
        #expect(found.map { $0["existing_id"] as? Int } == [2773, 2773, nil, nil])
        #expect(found.map { $0["source_ids"] as? [Int] } == [[2773], [2773], [7], []])
        #expect(try bits(found)[0] == base.rows(2773..<2774).floats().map(\.bitPattern) && bits(found)[1] == bits(found)[0])
        let exact = try items(post(models, body.merging(["on_existing": "copy"]) { $1 }))
        #expect(exact.map { $0["status"] as? String } == ["copied", "sampled", "generated", "sampled"])
        #expect(try bits(exact)[2...] == bits(found)[2...])
        // Another seed draws another row, and changes no predicted one.
        let seeded = try bits(items(post(models, body.merging(["seed": 1]) { $1 })))
        #expect(try seeded[2] == bits(found)[2] && seeded[3] != bits(found)[3])

        // The same of a whole vocabulary.
        func transfer(_ query: String) throws -> (ServerProcess.Answer, SafetensorsFile) {
            let body = try JSONSerialization.data(withJSONObject: ["vocabulary": pieces + ["[CLS]"], "form": "byte_level"])
            let answer = try models.server.post(Self.vocabulary + "?model=hyperofa&outputs=input,coordinates" + query, body: body)
            return (answer, try file(answer.body, scratch))
        }
        let (answer, whole) = try transfer("&on_existing=copy_ignoring_case")
        #expect(try statuses(whole) == [1, 1, 0, 3, 1])
        #expect(whole.metadata["on_existing"] == "copy_ignoring_case" && whole.metadata["case_differs"] == "1")
        #expect(whole.metadata["sampled"] == "1")
        #expect(try bits(whole, "input_embeddings").prefix(4) == bits(found)[...])
        #expect(try bits(whole, "coordinates").prefix(4) == bits(found, "coordinates")[...])
        let (plainAnswer, plain) = try transfer("")
        #expect(try statuses(plain) == [1, 3, 0, 3, 1] && plain.metadata["on_existing"] == "copy")
        #expect(plainAnswer.fields["etag"] != nil && plainAnswer.fields["etag"] != answer.fields["etag"])
        let (_, generated) = try transfer("&on_existing=generate")
        #expect(try statuses(generated) == [3, 3, 0, 3, 1])
        let metrics = String(decoding: try models.server.curl("/metrics").body, as: UTF8.self)
        #expect(metrics.contains(#"method="hypernetwork",status="sampled""#))
    }

    @Test func wordsComeWithTokens() throws {
        let models = try WordModels(["hyperofa"])
        let named: [String: Any] = ["token": " zzz", "words": ["Chain", "blockchain"]]
        let answer = try items(post(models, ["model": "hyperofa", "tokens": [named]], to: Self.decompositions))
        #expect(answer[0]["source_ids"] as? [Int] == [99, 7])
        #expect((answer[0]["pieces"] as? [[String: Any]])?.map { $0["text"] as? String } == ["Chain", "blockchain"])
        let byID: [String: Any] = ["token": " zzz", "word_ids": [99, 7]]
        let byIDs: [String: Any] = ["source_ids": [3796], "word_ids": [99, 7]]
        let same = try bits(items(post(models, ["model": "hyperofa", "tokens": [named, byID, byIDs]])))
        #expect(same[1] == same[0] && same[2] == same[0])
        // Who does not look at words says so.
        for (model, method) in [("hyperofa", "mean"), ("default", "hypernetwork")] {
            let ignored = try items(post(models, ["model": model, "method": method, "tokens": [named]]))
            #expect(ignored[0]["warnings"] as? [String] == ["words_ignored"])
        }
        // With one that does among those that are compared, nothing is ignored.
        let compared = try items(
            post(models, ["model": "hyperofa", "method": "mean", "compare": ["hypernetwork"], "tokens": [named]]))
        #expect(compared[0]["warnings"] as? [String] == [])
        let row = (compared[0]["compare"] as? [String: [String: Any]])?["hypernetwork"]
        #expect(row?["status"] as? String == "generated")

        let long = (0..<257).map { _ in "7" }.joined(separator: ",")
        let refused: [(String, String)] = [
            (#"{"token":"a","words":["Chain","absent"]}"#, "/words/1"), (#"{"token":"a","word_ids":[7,150]}"#, "/word_ids/1"),
            (#"{"token":"a","word_ids":[-1]}"#, "/word_ids/0"), (#"{"token":"a","words":[]}"#, "/words"),
            (#"{"token":"a","word_ids":[]}"#, "/word_ids"), (#"{"token":"a","word_ids":[\#(long)]}"#, "/word_ids"),
            (#"{"token":"a","words":["Chain"],"word_ids":[7]}"#, "/word_ids"), (#"{"token":"a","words":"Chain"}"#, "/words"),
            (#"{"token":"a","words":[7]}"#, "/words/0"), (#"{"token":"a","word_ids":["7"]}"#, "/word_ids/0"),
        ]
        for (token, pointer) in refused {
            try models.server.check(Self.tokens, .token(token, #""model":"hyperofa""#, at: "/tokens/0" + pointer))
        }
    }

    // MARK: Word vectors

    /// What the answers tell of the rows that are mixed is what the papers' formulas make of the vectors, and the rows are that.
    @Test func rowsAreMixedByWordVectors() throws {
        let models = try WordModels(["words"])
        let scratch = try Scratch()
        let words = try WordVectors(path: WordModels.glove)
        let body: [String: Any] = ["model": "words", "method": "word_vectors", "tokens": [" econom", " qqqq"]]
        let ids = try #require(items(post(models, body))[0]["source_ids"] as? [Int])
        #expect(ids.contains { words.word($0) == "economy" } && ids.allSatisfy { words.word($0).hasPrefix("econom") })
        let cosines = try cosines(of: ids, words, models)

        for weighting in ["softmax", "sparsemax", "proportional"] {
            let request = body.merging(["weighting": weighting, "neighbors": 7, "temperature": 0.2]) { $1 }
            let found = try items(post(models, request, to: Self.decompositions))
            #expect(found.map { $0["status"] as? String } == ["generated", "sampled"])
            #expect(found[1]["warnings"] as? [String] == ["not_covered"] && found[1]["decomposition"] == nil)
            #expect(found[0]["source_ids"] as? [Int] == ids)
            #expect((found[0]["pieces"] as? [[String: Any]])?.map { $0["text"] as? String } == ids.map(words.word))

            let expected = Self.weights(cosines, weighting)
            let mixed = try #require(found[0]["decomposition"] as? [[String: Any]])
            #expect(mixed.count == expected.count, "\(weighting)")
            for piece in mixed {
                let id = try #require(piece["id"] as? Int)
                #expect(abs(try #require(piece["weight"] as? Double) - (expected[id] ?? 9)) < 1e-5, "\(weighting) \(id)")
            }
            let effective = pow(expected.values.reduce(0, +), 2) / expected.values.reduce(0) { $0 + $1 * $1 }
            #expect(abs(try #require(found[0]["effective_pieces"] as? Double) / effective - 1) < 1e-3)
            #expect((found[0]["weight_magnitude"] != nil) == expected.values.contains { $0 < 0 })

            let rows = try items(post(models, request))
            let sum = try sum(expected.map { ($0.key, $0.value) })
            #expect(try zip(floats(rows[0]["input"]), sum).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "\(weighting)")
            // Diagnostics tell the same, and change no row.
            let diagnosed = try items(post(models, request.merging(["diagnostics": true]) { $1 }))
            #expect(try bits(diagnosed) == bits(rows))
            let diagnostics = try #require(diagnosed[0]["diagnostics"] as? [String: Any])
            #expect((diagnostics["decomposition"] as? [[String: Any]])?.count == mixed.count)

            let parameters = "?model=words&method=word_vectors&weighting=\(weighting)&neighbors=7&temperature=0.2"
            let vocabulary = try JSONSerialization.data(withJSONObject: ["vocabulary": [" econom", " qqqq", " the"], "form": "text"])
            let whole = try file(models.server.post(Self.vocabulary + parameters, body: vocabulary).body, scratch)
            #expect(try bits(whole, "input_embeddings").prefix(2) == bits(rows)[...])
            #expect(try statuses(whole) == [0, 3, 1] && whole.metadata["weighting"] == weighting)
        }
        let compared = try items(post(models, body.merging(["method": "mean", "compare": ["word_vectors"]]) { $1 }))
        let others = compared.map { ($0["compare"] as? [String: [String: Any]])?["word_vectors"] }
        #expect(others.map { $0?["status"] as? String } == ["generated", "sampled"])
    }

    /// Of the mean of some words' vectors with the base's tokens; nil for those without a vector.
    private func cosines(of ids: [Int], _ words: WordVectors, _ models: WordModels) throws -> [Double?] {
        let width = words.dimension
        var query = [Double](repeating: 0, count: width)
        for id in ids {
            for (column, number) in try words.vectors.rows(id..<id + 1).floats().enumerated() { query[column] += Double(number) }
        }
        let tokenVectors = try #require(SafetensorsFile(path: models.tokenVectors)["token_vectors"]).floats()
        return (0..<tokenVectors.count / width).map { token in
            let vector = tokenVectors[token * width..<(token + 1) * width]
            return vector.contains { $0 != 0 } ? Self.cosine(vector.map(Double.init), query) : nil
        }
    }

    private static func cosine(_ a: [Double], _ b: [Double]) -> Double {
        func product(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        return product(a, b) / (product(a, a) * product(b, b)).squareRoot()
    }

    /// By id, for the 7 nearest and the temperature 0.2 (OFA), sparsemax (Martins and Astudillo 2016) or cosines by their sum (CLP).
    private static func weights(_ cosines: [Double?], _ weighting: String) -> [Int: Double] {
        let usable = cosines.enumerated().compactMap { id, cosine in cosine.map { (id: id, cosine: $0) } }
            .sorted { $0.cosine > $1.cosine }
        switch weighting {
        case "softmax":
            let powers = usable.prefix(7).map { ($0.id, exp($0.cosine / 0.2)) }
            let sum = powers.reduce(0) { $0 + $1.1 }
            return Dictionary(uniqueKeysWithValues: powers.map { ($0.0, $0.1 / sum) })
        case "sparsemax":
            // The threshold by bisection: the weights above it sum to 1.
            var (low, high) = (usable[0].cosine - 1, usable[0].cosine)
            for _ in 0..<100 {
                let middle = (low + high) / 2
                if usable.reduce(0, { $0 + max($1.cosine - middle, 0) }) > 1 { low = middle } else { high = middle }
            }
            return Dictionary(uniqueKeysWithValues: usable.filter { $0.cosine > high }.map { ($0.id, $0.cosine - high) })
        default:
            let sum = usable.reduce(0) { $0 + $1.cosine }
            return Dictionary(uniqueKeysWithValues: usable.map { ($0.id, $0.cosine / sum) })
        }
    }

    // MARK: Donors

    /// The donor's rows are 0.5 block + 0.25 chain, and 1.5 block - 0.5 chain, of unit vectors.
    private static let mixed: [(method: String, weights: [[Double]])] = [
        (#""method":"omp","atoms":2"#, [[0.5, 0.25], [1.5, -0.5]]),
        (#""method":"interpolation","neighbors":2,"weighting":"least_squares""#, [[0.5, 0.25]]),
        (#""method":"interpolation","neighbors":2,"weighting":"barycentric""#, [[0.625, 0.375]]),
        // The distances' squares are 0.3125 and 0.8125, the cosines 0.894427 and 0.447214.
        (#""method":"interpolation","neighbors":2"#, [[0.617215, 0.382785]]),
        (#""method":"interpolation","neighbors":2,"metric":"cosine""#, [[0.666667, 0.333333]]),
    ]

    @Test func rowsAreMixedByADonor() throws {
        let models = try WordModels(["words"])
        for (method, expected) in Self.mixed {
            let tokens = [#"" blockchain""#, #"" qblock""#].prefix(expected.count).joined(separator: ",")
            let body = Data(#"{"model":"words",\#(method),"tokens":[\#(tokens)," qqq"]}"#.utf8)
            let found = try items(models.server.post(Self.decompositions, body: body))
            #expect(found.last?["status"] as? String == "sampled" && found.last?["warnings"] as? [String] == ["not_covered"])
            let rows = try items(models.server.post(Self.tokens, body: body))
            for (index, weights) in expected.enumerated() {
                #expect(found[index]["status"] as? String == "generated")
                let pieces = try #require(found[index]["pieces"] as? [[String: Any]])
                #expect(pieces.map { $0["text"] as? String } == [[" blockchain", " qblock"][index]])
                let mixed = try #require(found[index]["decomposition"] as? [[String: Any]])
                #expect(mixed.map { $0["text"] as? String } == [" block", " chain"])
                for (piece, weight) in zip(mixed, weights) {
                    #expect(abs(try #require(piece["weight"] as? Double) - weight) < 1e-4, "\(method)")
                }
                if weights.contains(where: { $0 < 0 }) {
                    #expect(abs(try #require(found[index]["weight_magnitude"] as? Double) - 2) < 1e-4)
                    #expect(abs(try #require(found[index]["effective_pieces"] as? Double) - 0.4) < 1e-4)
                } else {
                    #expect(found[index]["weight_magnitude"] == nil)
                }
                let sum = try sum(Array(zip(mixed.compactMap { $0["id"] as? Int }, weights).map { (id: $0, weight: $1) }))
                #expect(try zip(floats(rows[index]["input"]), sum).allSatisfy { abs(Double($0) - $1) < 1e-4 }, "\(method)")
            }
        }
    }

    // MARK: Refusals

    @Test func saysWhatMethodsNeed() throws {
        let models = try WordModels()
        let refused: [(String, String)] = [
            (#""method":"word_vectors","weighting":"linear""#, "/weighting"),
            (#""method":"weighted","weighting":"softmax""#, "/weighting"),
            (#""method":"interpolation","weighting":"sparsemax""#, "/weighting"),
            (#""method":"mean","weighting":"none""#, "/weighting"),
            (#""method":"word_vectors","neighbors":0"#, "/neighbors"), (#""method":"word_vectors","neighbors":257"#, "/neighbors"),
            (#""method":"word_vectors","neighbors":1.5"#, "/neighbors"), (#""method":"omp","atoms":0"#, "/atoms"),
            (#""method":"word_vectors","temperature":0"#, "/temperature"),
            (#""method":"word_vectors","temperature":1e39"#, "/temperature"),
            (#""method":"interpolation","metric":"manhattan""#, "/metric"), (#""on_existing":"drop""#, "/on_existing"),
            // Four dimensions for each atom.
            (#""method":"omp","atoms":3"#, "/atoms"), (#""method":"omp""#, "/atoms"),
            (#""method":"mean","compare":["omp"]"#, "/atoms"), (#""method":"hypernetwork""#, "/method"),
        ]
        for (fields, pointer) in refused {
            let refusal = Refusal.token(#"" blockchain""#, #""model":"words",\#(fields)"#, at: pointer)
            try models.server.check(Self.tokens, refusal)
            try models.server.check(Self.decompositions, refusal)
        }
        let vocabulary = try JSONSerialization.data(withJSONObject: ["vocabulary": ["blockchain"], "form": "text"])
        let narrow = try models.server.post(Self.vocabulary + "?model=words&method=omp", body: vocabulary)
        #expect(narrow.status == 422)
        #expect(try (narrow.json["errors"] as? [[String: Any]])?.first?["pointer"] as? String == "?atoms")
        for (method, setting) in [("word_vectors", "token_vectors"), ("omp", "donor"), ("interpolation", "donor")] {
            let answer = try models.server.post(Self.tokens, json: ["tokens": ["a"], "method": method])
            let detail = try #require(try answer.json["detail"] as? String)
            #expect(answer.status == 422 && detail.contains("needs the model's setting \(setting)"))
            let body = try JSONSerialization.data(withJSONObject: ["vocabulary": ["a"], "form": "text"])
            #expect(try models.server.post(Self.vocabulary + "?method=\(method)", body: body).status == 422)
        }
        let listed = try items(models.server.curl("/v1/models"))
        let needs = listed.map { model in
            (model["methods"] as? [[String: Any]] ?? []).reduce(into: [String: [String]]()) { needs, method in
                needs[method["name"] as? String ?? ""] = method["needs"] as? [String]
            }
        }
        #expect(needs[0]["word_vectors"] == nil && needs[0]["omp"] == nil)
        #expect(needs[2]["word_vectors"] == ["token_vectors"])
        #expect(needs[2]["omp"] == ["donor"] && needs[2]["interpolation"] == ["donor"])
        #expect(needs[2]["hypernetwork"] == nil)
        let hypernetwork = try #require(listed[1]["hypernetwork"] as? [String: Any])
        #expect(hypernetwork["kind"] as? String == "hyperofa" && hypernetwork["coordinates"] as? Int == 32)
        #expect((listed[1]["factorization"] as? [String: Any])?["rank"] as? Int == 32)
        #expect((listed[1]["words"] as? [String: Any])?["count"] as? Int == 150)
        #expect(listed[1]["donor"] == nil && listed[2]["donor"] as? [String: Int] == ["dimension": 8, "shared_tokens": 8])
        #expect(listed[1]["outputs"] as? [String] == ["input", "coordinates"])
    }
}
