import CKernels
import Testing

/// The kernels of one instruction set that this machine can run, on Swift's arrays.
struct Kernels: CustomTestStringConvertible, Sendable {
    let isa: ck_isa

    var set: UnsafePointer<ck_kernels> { ck_find(isa)! }
    var testDescription: String { String(cString: set.pointee.name) }

    static let all = [CK_ISA_PORTABLE, CK_ISA_NEON, CK_ISA_AVX2, CK_ISA_AVX512]
        .filter { ck_find($0) != nil }
        .map(Kernels.init)

    /// Those that promise each other's bits.
    static let fused = all.filter { $0.isa != CK_ISA_PORTABLE }

    /// A packed operand.
    struct Packed: Equatable {
        var format = CK_FORMAT_FLOAT32
        var bytes: [UInt8] = []
        /// Whether every finite number has stayed finite.
        var isFinite = true
    }

    /// Several weights of the same width, one after the other in one operand.
    func pack(_ weights: [Matrix], format: ck_format = CK_FORMAT_FLOAT32) -> Packed {
        let k = weights[0].columns
        let n = weights.reduce(0) { $0 + $1.rows }
        // Not a number in any format.
        var packed = Packed(format: format, bytes: Array(repeating: 0xFF, count: ck_packed_bytes(set, format, n, k)))
        var first = 0
        for w in weights {
            let isFinite = packed.bytes.withUnsafeMutableBytes { bytes in
                w.withPointer { set.pointee.pack(format, first, w.rows, k, $0, w.stride, pointer(bytes)) }
            }
            packed.isFinite = packed.isFinite && isFinite
            first += w.rows
        }
        return packed
    }

    /// activation(a wᵀ + bias) into `c`, whose columns say how many w has.
    func multiply(
        _ a: Matrix, packed: Packed, bias: [Float]? = nil, activation: ck_activation = CK_ACTIVATION_NONE, into c: inout Matrix
    ) {
        let (m, n) = (c.rows, c.columns)
        let ldc = c.stride
        c.withMutablePointer { c in
            a.withPointer { a_ in
                packed.bytes.withUnsafeBytes { bytes in
                    if let bias {
                        set.pointee.gemm(packed.format, m, n, a.columns, a_, a.stride, pointer(bytes), bias, activation, c, ldc)
                    } else {
                        set.pointee.gemm(packed.format, m, n, a.columns, a_, a.stride, pointer(bytes), nil, activation, c, ldc)
                    }
                }
            }
        }
    }

    /// The activation alone, of any number of values.
    func activate(_ activation: ck_activation, _ x: [Float]) -> [Float] {
        var w = Matrix(rows: x.count, columns: 1)
        for (row, value) in x.enumerated() { w[row] = [value] }
        var one = Matrix(rows: 1, columns: 1)
        one[0] = [1]
        var y = Matrix(rows: 1, columns: x.count)
        multiply(one, packed: pack([w]), activation: activation, into: &y)
        return y[0]
    }

    func normalize(_ x: Matrix, residual: Matrix?, gamma: [Float], beta: [Float], epsilon: Float, into y: inout Matrix) {
        let ldy = y.stride
        y.withMutablePointer { y in
            x.withPointer { x_ in
                if let residual {
                    residual.withPointer {
                        set.pointee.layer_norm(
                            x.rows, x.columns, x_, x.stride, $0, residual.stride, gamma, beta, epsilon, y, ldy)
                    }
                } else {
                    set.pointee.layer_norm(x.rows, x.columns, x_, x.stride, nil, 0, gamma, beta, epsilon, y, ldy)
                }
            }
        }
    }

    func attend(queries q: Matrix, keys k: Matrix, values v: Matrix, heads: Int, scale: Float, into out: inout Matrix) {
        var scores = Array(repeating: Float.nan, count: k.rows)
        let ldo = out.stride
        out.withMutablePointer { out in
            q.withPointer { q_ in
                k.withPointer { k_ in
                    v.withPointer { v_ in
                        scores.withUnsafeMutableBufferPointer {
                            set.pointee.attention(
                                q.rows, k.rows, heads, q.columns / heads, scale, q_, q.stride, k_, k.stride, v_, v.stride,
                                pointer($0), out, ldo)
                        }
                    }
                }
            }
        }
    }

    /// A time step of an LSTM; the first one without `recurrent`.
    func step(input: Matrix, recurrent: Matrix?, cell: inout Matrix, output: inout Matrix) {
        let (ldc, ldo) = (cell.stride, output.stride)
        cell.withMutablePointer { cell_ in
            output.withMutablePointer { output_ in
                input.withPointer { input_ in
                    if let recurrent {
                        recurrent.withPointer {
                            set.pointee.lstm_cell(
                                input.rows, input.columns / 4, input_, input.stride, $0, recurrent.stride, cell_, ldc, output_, ldo)
                        }
                    } else {
                        set.pointee.lstm_cell(
                            input.rows, input.columns / 4, input_, input.stride, nil, 0, cell_, ldc, output_, ldo)
                    }
                }
            }
        }
    }

    /// The first step of as many units as there are quadruples of gates.
    func start(gates: [[Float]]) -> (cell: [Float], output: [Float]) {
        var input = Matrix(rows: 1, columns: 4 * gates.count)
        input[0] = (0..<4).flatMap { gate in gates.map { $0[gate] } }
        var cell = Matrix(rows: 1, columns: gates.count)
        var output = cell
        step(input: input, recurrent: nil, cell: &cell, output: &output)
        return (cell[0], output[0])
    }

    /// An empty array has no address, and a kernel told of 0 elements never looks at the one it gets.
    private func pointer(_ buffer: UnsafeMutableBufferPointer<Float>) -> UnsafeMutablePointer<Float> {
        buffer.baseAddress ?? UnsafeMutablePointer(bitPattern: 16)!
    }

    private func pointer(_ buffer: UnsafeMutableRawBufferPointer) -> UnsafeMutableRawPointer {
        buffer.baseAddress ?? UnsafeMutableRawPointer(bitPattern: 16)!
    }

    private func pointer(_ buffer: UnsafeRawBufferPointer) -> UnsafeRawPointer {
        buffer.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!
    }
}
