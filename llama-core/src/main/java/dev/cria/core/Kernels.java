package dev.cria.core;

import dev.cria.core.kernel.KernelChoice;
import dev.cria.core.kernel.PlainQuantizedKernel;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * The primitives that all of inference is made of. There are two implementations: plain Java, which is the
 * specification, and the Vector API. Both perform the same operations in the same order on every element, so their
 * results are equal to the last bit. Implementations are stateless and thread-safe.
 */
public interface Kernels {
    /** {@return a short name for logs, such as {@code "vector-512"}} */
    String name();

    /**
     * {@return whether they use the Vector API, which is a question of the JVM and not of these kernels: all other code
     * that exists twice follows them}
     */
    boolean usesVectorApi();

    /**
     * Adds the product of an expanded panel and some rows of inputs to the outputs:
     * {@code out[t][r] = fma(panel[k][r], x[t][k], out[t][r])} for k rising.
     *
     * @param panel weights, {@code [depth][PANEL_ROWS]} floats in native byte order; fastest where they begin at a
     *     multiple of 64 bytes of native memory, which no float array can promise
     * @param depth number of columns
     * @param x inputs, one row per token
     * @param xOffset index of the first input of the first token
     * @param xStride distance between the rows of inputs
     * @param tokens number of rows of inputs
     * @param out outputs, {@code [tokens][PANEL_ROWS]} at a stride
     * @param outOffset index of the first output of the first token
     * @param outStride distance between the rows of outputs
     */
    void panelProduct(MemorySegment panel, int depth, float[] x, int xOffset, int xStride, int tokens, float[] out,
            int outOffset, int outStride);

    /**
     * The same for one row of inputs and a panel in an array.
     *
     * @param panel weights, {@code [depth][PANEL_ROWS]} from index 0 on
     * @param depth number of columns
     * @param x inputs
     * @param xOffset index of the first input
     * @param out outputs, {@code [PANEL_ROWS]}
     * @param outOffset index of the first output
     */
    void panelRow(float[] panel, int depth, float[] x, int xOffset, float[] out, int outOffset);

    /**
     * RMSNorm (Zhang and Sennrich 2019): {@code out[i] = x[i] / sqrt(mean(x^2) + epsilon) * weight[i]}.
     *
     * @param x inputs
     * @param xOffset index of the first input
     * @param weight one factor per element
     * @param n number of elements
     * @param epsilon added to the mean of the squares
     * @param out outputs
     * @param outOffset index of the first output
     */
    void rmsNorm(float[] x, int xOffset, float[] weight, int n, float epsilon, float[] out, int outOffset);

    /**
     * SwiGLU (Shazeer 2020): {@code gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i]}.
     *
     * @param gate gate, overwritten by the result
     * @param gateOffset index of the first element of the gate
     * @param up values
     * @param upOffset index of the first value
     * @param n number of elements
     */
    void swiGlu(float[] gate, int gateOffset, float[] up, int upOffset, int n);

    /**
     * Replaces scores by {@code exp(scale * (x[i] - max(x)))} divided by their sum.
     *
     * @param x scores, overwritten by probabilities
     * @param offset index of the first score
     * @param n number of scores, at least 1
     * @param scale factor of the scores, above 0
     */
    void softmax(float[] x, int offset, int n, float scale);

    /**
     * Widens IEEE binary16 numbers to floats.
     *
     * @param half 16-bit patterns
     * @param halfOffset index of the first
     * @param n number of elements
     * @param out receives the floats
     * @param outOffset index of the first
     */
    void widen(short[] half, int halfOffset, int n, float[] out, int outOffset);

    /**
     * Turns a panel of whole numbers into floats, where each lane has a scale for every {@link Matrix#PANEL_ROWS} rows:
     * {@code out[k][r] = panel[k][r] * scales[k / PANEL_ROWS][r]}.
     *
     * @param panel whole numbers, {@code [depth][PANEL_ROWS]}
     * @param offset index of the first
     * @param depth number of rows of the panel
     * @param scales {@code [depth / PANEL_ROWS, rounded up][PANEL_ROWS]}
     * @param out receives the floats, from index 0 on
     */
    void widenByLane(byte[] panel, int offset, int depth, float[] scales, float[] out);

    /**
     * Turns a panel of whole numbers into floats, where each row has a scale:
     * {@code out[k][r] = panel[k][r] * scales[k]}.
     *
     * @param panel whole numbers, {@code [depth][PANEL_ROWS]}
     * @param offset index of the first
     * @param depth number of rows of the panel
     * @param scales {@code [depth]}
     * @param out receives the floats, from index 0 on
     */
    void widenByRow(byte[] panel, int offset, int depth, float[] scales, float[] out);

    /**
     * Turns a row of inputs into 8 bits, sums included: {@code scale = max |x| / 127}, and whole numbers
     * {@code x * (127 / max |x|)}, rounded to the nearest, ties to even. Where {@link QuantizedRows#widening} asks for
     * a larger scale it is done again with so much more than the largest magnitude. A block whose largest magnitude is
     * below 1e-36 becomes zero; one that is not finite gets a scale that is not either. Fills the row's
     * {@link QuantizedRows#factors()}, too.
     *
     * @param x inputs
     * @param xOffset index of the first
     * @param target receives them, already resized
     * @param row which of its rows
     */
    void quantize(float[] x, int xOffset, QuantizedRows target, int row);

    /**
     * Multiplies a tile whose {@link LevelTile#pairs()} have been unpacked with rows of inputs and adds the results to
     * the outputs; see {@link LevelMatrix}.
     *
     * @param tile a tile
     * @param x inputs
     * @param rows number of rows
     * @param out outputs, {@code [rows][PANEL_ROWS]} at a stride
     * @param outOffset index of the first output of the first row
     * @param outStride distance between the rows of outputs
     */
    void levelProduct(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset, int outStride);

    /**
     * {@return the arithmetic on tiles of a layout: those in machine code, if these kernels have any and they work}
     *
     * @param layout where the parts of a tile lie
     * @param inJava the same in Java, which is returned otherwise
     */
    default QuantizedKernel quantized(QuantizedLayout layout, QuantizedKernel inJava) {
        return inJava;
    }

    /** {@return products of panels of bytes, if these kernels have any that are faster than those in Java} */
    default Optional<BytePanels> bytePanels() {
        return Optional.empty();
    }

    /**
     * {@return the arithmetic on tiles of a layout in plain Java: the specification}
     *
     * @param layout where the parts of a tile lie
     */
    static QuantizedKernel plain(QuantizedLayout layout) {
        return new PlainQuantizedKernel(layout);
    }

    /**
     * The fastest implementation that this JVM can run. The choice is made once. A JVM in which vectors are missing, or
     * are no vector instructions, gets the plain kernels and one warning that says why and what to do: one without
     * {@code --add-modules jdk.incubator.vector}, without C2 ({@code -XX:TieredStopAtLevel=1}), without fused
     * multiply-adds. Beside them, products of weights of 4 to 6 bits run in machine code, where
     * that can: on x86-64 with AVX2, on Linux, in a JVM with {@code --enable-native-access}. The system property
     * {@code cria.kernels}, {@code plain}, {@code vector} or {@code machine}, overrules that.
     *
     * @return the kernels to use
     * @throws CriaException if the system property names no kernels, or vectors where there are none
     */
    static Kernels best() {
        return KernelChoice.best();
    }

    /**
     * {@return all implementations that can run well here, the plain one first and the {@link #best} one last}
     *
     * @throws CriaException as {@link #best} does
     */
    static List<Kernels> all() {
        return KernelChoice.all();
    }

    /** {@return the plain Java kernels: the specification, slower, the same results} */
    static Kernels plain() {
        return KernelChoice.plain();
    }
}
