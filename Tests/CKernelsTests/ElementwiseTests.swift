import CKernels
import Testing

@Suite struct ElementwiseTests {
    @Test(arguments: Kernels.all, [0, 1, 3, 7, 31, 33, 100, 385])
    func areWhatTheySayInEveryPosition(_ kernels: Kernels, _ n: Int) {
        var random = Random(seed: 11)
        let (x, w, b) = (random.floats(n), random.floats(n), random.floats(n))

        var sum = Array(repeating: Float(-7), count: n + 1)
        kernels.set.pointee.add(n, x, w, &sum)
        #expect(bits(sum) == bits(zip(x, w).map { $0 + $1 } + [-7]))

        var affine = Array(repeating: Float(-7), count: n + 1)
        kernels.set.pointee.affine(n, x, w, b, &affine)
        let expected = (0..<n).map { i in
            kernels.isa == CK_ISA_PORTABLE ? w[i] * x[i] + b[i] : b[i].addingProduct(w[i], x[i])
        }
        #expect(bits(affine) == bits(expected + [-7]))
    }
}
