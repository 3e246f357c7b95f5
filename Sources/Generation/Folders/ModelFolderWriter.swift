import Foundation
import Hypernetworks
import JSON
import Tensors
import Tokenization

/// Copies a model folder with another vocabulary. Rows are appended in the order of their ids and go straight to their place,
/// in every tensor that has a row for each token: input matrix, output matrix and output bias, as far as the model has them.
/// All other tensors stay as they are, byte for byte.
///
/// Nothing is at the destination until `finish` has everything on the disk; a writer that is given up leaves nothing behind.
public final class ModelFolderWriter {
    /// What a tensor's new rows are made of.
    private enum Part { case input, output, bias }

    private struct Table {
        let part: Part
        let original: MappedTensor
        let file: ResizedSafetensorsFile

        func copyRows(_ rows: Range<Int>, at row: Int) throws {
            try file.copyRows(rows, of: original, at: row)
        }
    }

    /// Rows that the caller appends: one for each id of the tokenizer.
    public let tokenRows: Int
    /// Rows of the new tensors, padding included.
    public let rows: Int
    private let baseRows: Int
    private let keepsBaseRows: Bool
    private let draft: DraftFolder
    private let tables: [Table]
    private var position = 0
    private var remarks: [String]

    /// - Parameters:
    ///   - multiple: the number of rows is rounded up to a multiple of this.
    ///   - destination: a path where nothing is, or an empty folder, in a folder that exists.
    /// - Throws: `ModelFolderError`, `TensorFileError` or `TokenizerError`; nothing is left behind.
    public init(
        _ folder: ModelFolder, vocabulary: VocabularyChange, padToMultipleOf multiple: Int = 1, to destination: String
    ) throws {
        let files: VocabularyFiles
        switch vocabulary {
        case .appending(let words):
            tokenRows = words.firstID + words.words.count
            rows = try Self.padded(max(tokenRows, folder.matrices.rows), to: multiple)
            keepsBaseRows = true
            files = try VocabularyFiles(folder, appending: words, rows: rows)
        case .replacing(let path):
            let tokenizer = try Tokenizer(contentsOf: VocabularyFiles.tokenizerPath(path))
            tokenRows = tokenizer.vocabularySize
            rows = try Self.padded(tokenRows, to: multiple)
            keepsBaseRows = false
            files = try VocabularyFiles(folder, replacing: path, with: tokenizer, rows: rows)
        }
        baseRows = folder.matrices.rows
        let originals = try Self.tensors(of: folder)
        draft = try DraftFolder(for: destination)
        tables = try Self.makeTables(originals, of: folder, rows: rows, in: draft)
        remarks = files.remarks
        try files.write(to: draft)
        if let path = folder.checkpoint.indexPath { try copyIndex(path) }
    }

    private static func padded(_ rows: Int, to multiple: Int) throws -> Int {
        precondition(multiple > 0)
        let (sum, overflow) = rows.addingReportingOverflow(multiple - 1)
        // More ids than any tokenizer gives out are no vocabulary but a mistake, and would fill the disk for nothing.
        guard !overflow, sum / multiple * multiple <= 1 << 24 else { throw ModelFolderError.tooManyRows(overflow ? .max : sum) }
        return sum / multiple * multiple
    }

    /// The tensors that have a row for each token.
    private static func tensors(of folder: ModelFolder) throws -> [(part: Part, tensor: MappedTensor)] {
        let layout = folder.layout
        // A tied model's file may have the one matrix twice.
        let parts: [(Part, [String])] = [
            (.input, layout.inputKeys), (layout.isTied ? .input : .output, layout.outputKeys), (.bias, layout.biasKeys),
        ]
        var found: [(Part, MappedTensor)] = []
        for (part, keys) in parts {
            for tensor in keys.compactMap({ folder.checkpoint[$0] }) {
                guard tensor.rowCount == folder.matrices.rows else {
                    throw ModelFolderError.rowsDiffer(
                        key: tensor.key, file: tensor.path, expected: folder.matrices.rows, found: tensor.rowCount)
                }
                let width = part == .bias ? 1 : folder.matrices.dimension
                guard tensor.rowWidth == width else {
                    throw ModelFolderError.wrongWidth(key: tensor.key, expected: width, found: tensor.rowWidth)
                }
                found.append((part, try tensor.expectingFloats()))
            }
        }
        return found
    }

    private static func makeTables(
        _ originals: [(part: Part, tensor: MappedTensor)], of folder: ModelFolder, rows: Int, in draft: DraftFolder
    ) throws -> [Table] {
        var tables: [Table] = []
        for file in folder.checkpoint.files {
            let name = (file.path as NSString).lastPathComponent
            let own = originals.filter { $0.tensor.path == file.path }
            guard !own.isEmpty else {
                try draft.copy(file.path, to: name)
                continue
            }
            let resized = try ResizedSafetensorsFile(
                file, rows: Dictionary(own.map { ($0.tensor.key, rows) }, uniquingKeysWith: { first, _ in first }),
                path: draft.path + "/" + name)
            for (part, tensor) in own {
                tables.append(Table(part: part, original: tensor, file: resized))
            }
        }
        return tables
    }

    /// The index's figures grow with the tensors.
    private func copyIndex(_ path: String) throws {
        let document = try ModelFolder.document(path)
        var edits = JSONEdits(document)
        let elements = tables.reduce(0) { $0 + (rows - baseRows) * $1.original.rowWidth }
        let bytes = tables.reduce(0) { $0 + (rows - baseRows) * $1.original.rowWidth * $1.original.type.width }
        for (key, growth) in [("total_size", bytes), ("total_parameters", elements)] {
            guard let value = document.root["metadata"]?[key], let old = value.integer else { continue }
            let (new, overflow) = old.addingReportingOverflow(growth)
            if !overflow { edits.replace(value, with: Array(new.description.utf8)) }
        }
        try draft.write(edits.edited(), to: (path as NSString).lastPathComponent)
    }

    /// Appends rows of the base as they are, bit for bit.
    ///
    /// - Parameter rows: in bounds of the base's matrix.
    /// - Throws: `ModelFolderError.wrongRowCount` for more rows than the tokenizer has ids; `TensorFileError.unwritable`.
    public func append(baseRows rows: Range<Int>) throws {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= baseRows, "rows outside the base")
        try checkRoom(for: rows.count)
        for table in tables { try table.copyRows(rows, at: position) }
        position += rows.count
    }

    /// Appends generated rows, rounded to each tensor's type: to the nearest, ties to even.
    ///
    /// An output bias that nobody has predicted is the mean of the base's.
    ///
    /// - Throws: `TensorFileError.notFinite` naming the row, `ModelFolderError.noOutputRows`, `.wrongWidth`, `.wrongRowCount`;
    ///   `TensorFileError.unwritable`.
    public func append(_ generated: GeneratedRows) throws {
        try append(input: generated.input, output: generated.output, bias: generated.bias)
    }

    func append(input: RowStorage, output: RowStorage?, bias: RowStorage?) throws {
        try checkRoom(for: input.rows)
        for table in tables {
            let source: RowStorage?
            switch table.part {
            case .input: source = input
            case .output: source = output
            case .bias: source = bias
            }
            guard let source else {
                guard table.part == .bias else { throw ModelFolderError.noOutputRows(key: table.original.key) }
                try writeNeutralRows(position..<position + input.rows, of: table)
                remark("\(table.original.key): nothing predicts it for new tokens, which get the mean of the base's")
                continue
            }
            guard source.columns == table.original.rowWidth else {
                throw ModelFolderError.wrongWidth(
                    key: table.original.key, expected: table.original.rowWidth, found: source.columns)
            }
            for row in 0..<source.rows {
                try source.withRow(row) { try table.file.write($0, to: table.original.key, at: position + row) }
            }
        }
        position += input.rows
    }

    private func checkRoom(for count: Int) throws {
        guard count <= tokenRows - position else {
            throw ModelFolderError.wrongRowCount(expected: tokenRows, written: position + count)
        }
    }

    /// Fills the padding and puts the folder in its place.
    ///
    /// - Returns: what could not be carried over, a sentence each.
    /// - Throws: `ModelFolderError.wrongRowCount` unless every id of the tokenizer has its row; `.outputExists`, `.unwritable`.
    public func finish() throws -> [String] {
        guard position == tokenRows else { throw ModelFolderError.wrongRowCount(expected: tokenRows, written: position) }
        let keptRows = keepsBaseRows ? max(tokenRows, baseRows) : tokenRows
        for table in tables {
            if keptRows > tokenRows { try table.copyRows(tokenRows..<keptRows, at: tokenRows) }
            try writeNeutralRows(keptRows..<rows, of: table)
        }
        try draft.publish()
        return remarks
    }

    /// Writes the base's mean row, for what stands for no token or what nobody has predicted. As an output row it can never
    /// win, as a row of zeros could, because the mean of scores is never above their maximum.
    private func writeNeutralRows(_ rows: Range<Int>, of table: Table) throws {
        guard !rows.isEmpty else { return }
        let mean = try table.original.meanRow()
        for row in rows { try table.file.write(mean.span, to: table.original.key, at: row) }
    }

    private func remark(_ text: String) {
        if !remarks.contains(text) { remarks.append(text) }
    }
}
