import CKernels
import Foundation
import Testing

@Suite struct ActivationTests {
    private static func exact(_ activation: ck_activation, _ x: Double) -> Double {
        activation == CK_ACTIVATION_GELU_ERF
            ? x * erfc(-x / 2.0.squareRoot()) / 2
            : x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
    }

    /// The bound is half a unit in the last place of a result between 4 and 8, and a little.
    @Test(arguments: Kernels.all, [CK_ACTIVATION_GELU_ERF, CK_ACTIVATION_GELU_TANH])
    func agreesWithDoublePrecision(_ kernels: Kernels, _ activation: ck_activation) {
        let x = stride(from: Float(-10), through: 10, by: 0x1p-12).map { $0 }
        let y = kernels.activate(activation, x)
        let errors = zip(x, y).map { x, y in abs(Double(y) - Self.exact(activation, Double(x))) }
        #expect(errors.max()! < 3e-7)
        #expect(zip(x, errors).filter { abs($0.0) < 4 }.map(\.1).max()! < 2e-7)
    }

    @Test(arguments: Kernels.all, [CK_ACTIVATION_GELU_ERF, CK_ACTIVATION_GELU_TANH])
    func endsAreExact(_ kernels: Kernels, _ activation: ck_activation) {
        let large: [Float] = [10, 11.5, 1e3, 1e19, 1e30, .greatestFiniteMagnitude, .infinity]
        #expect(kernels.activate(activation, large) == large)
        #expect(kernels.activate(activation, large.map { -$0 }).allSatisfy { abs($0) < 1e-22 })
        #expect(kernels.activate(activation, [0, -0.0]) == [0, 0])
        #expect(kernels.activate(activation, [1, .nan, -1, -.nan]).map(\.isNaN) == [false, true, false, true])
    }

    @Test(arguments: Kernels.all, [CK_ACTIVATION_GELU_ERF, CK_ACTIVATION_GELU_TANH])
    func smallNumbersAreHalved(_ kernels: Kernels, _ activation: ck_activation) {
        let x: [Float] = [1e-30, -1e-30, 1e-10, -1e-10]
        for (x, y) in zip(x, kernels.activate(activation, x)) { #expect(abs(y / x - 0.5) < 1e-5) }
    }
}
