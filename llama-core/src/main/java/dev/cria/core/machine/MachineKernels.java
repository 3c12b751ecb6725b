package dev.cria.core.machine;

import dev.cria.core.BytePanels;
import dev.cria.core.Kernels;
import dev.cria.core.LevelTile;
import dev.cria.core.QuantizedKernel;
import dev.cria.core.QuantizedLayout;
import dev.cria.core.QuantizedRows;
import dev.cria.core.memory.ExecutableMemory;
import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Kernels in machine code for x86-64 with AVX2, FMA and F16C: products of weights of 4 to 6 bits, and of 8 bits with
 * one row of inputs. All else is done by kernels in Java. Code for a layout is written, and compared with the plain
 * kernels, when it is first asked for. Thread-safe.
 */
public final class MachineKernels implements Kernels {
    private static final System.Logger LOG = System.getLogger("dev.cria.core");

    /** Any number: the self-test is the same every time. */
    private static final int SEED = 25;

    private final Kernels inJava;
    private final ExecutableMemory memory;
    private final Optional<BytePanels> bytePanels;
    private final Map<QuantizedLayout, Optional<QuantizedCode>> codes = new ConcurrentHashMap<>();

    /** For a processor that is known to have what it takes. */
    MachineKernels(Kernels inJava, ExecutableMemory memory) {
        this.inJava = inJava;
        this.memory = memory;
        this.bytePanels = tested("weights of 8 bits", () -> MachineBytePanels.write(memory),
                panels -> new ByteSelfTest(SEED).passes(panels, 2));
    }

    /**
     * {@return machine code beside kernels in Java}
     *
     * @param inJava what does all else
     * @param architecture as in {@code os.arch}
     * @throws UnsupportedOperationException if it cannot run here; the message says why, and what to do if there is
     *     something
     */
    public static MachineKernels beside(Kernels inJava, String architecture) {
        if (!architecture.equals("amd64") && !architecture.equals("x86_64")) {
            throw new UnsupportedOperationException("there is none for processors of the kind " + architecture);
        }
        ExecutableMemory memory = ExecutableMemory.ofThisSystem();
        List<String> missing = Processor.ask(memory).missing();
        if (!missing.isEmpty()) {
            throw new UnsupportedOperationException("the processor lacks " + String.join(", ", missing));
        }
        return new MachineKernels(inJava, memory);
    }

    @Override
    public QuantizedKernel quantized(QuantizedLayout layout, QuantizedKernel quantizedInJava) {
        return codes.computeIfAbsent(layout, this::write)
                .<QuantizedKernel>map(code -> new MachineQuantizedKernel(code, quantizedInJava))
                .orElse(quantizedInJava);
    }

    @Override
    public Optional<BytePanels> bytePanels() {
        return bytePanels;
    }

    private Optional<QuantizedCode> write(QuantizedLayout layout) {
        return tested(layout.toString(), () -> QuantizedCode.write(layout, memory), code -> new SelfTest(layout, SEED)
                .passes(new MachineQuantizedKernel(code, Kernels.plain(layout))));
    }

    private static <T> Optional<T> tested(String what, Supplier<? extends T> writing, Predicate<T> test) {
        try {
            T written = writing.get();
            if (test.test(written)) {
                return Optional.of(written);
            }
            LOG.log(Level.WARNING, "Cria does not use its machine code for {0}: on this processor its results differ "
                    + "from those of the plain kernels. Please report this.", what);
        } catch (UnsupportedOperationException e) {
            LOG.log(Level.WARNING, "Cria does not use its machine code for {0}: {1}", what, e.getMessage());
        }
        return Optional.empty();
    }

    @Override
    public String name() {
        return "machine-avx2 with " + inJava.name();
    }

    @Override
    public boolean usesVectorApi() {
        return inJava.usesVectorApi();
    }

    @Override
    public void panelProduct(MemorySegment panel, int depth, float[] x, int xOffset, int xStride, int tokens,
            float[] out, int outOffset, int outStride) {
        inJava.panelProduct(panel, depth, x, xOffset, xStride, tokens, out, outOffset, outStride);
    }

    @Override
    public void panelRow(float[] panel, int depth, float[] x, int xOffset, float[] out, int outOffset) {
        inJava.panelRow(panel, depth, x, xOffset, out, outOffset);
    }

    @Override
    public void rmsNorm(float[] x, int xOffset, float[] weight, int n, float epsilon, float[] out, int outOffset) {
        inJava.rmsNorm(x, xOffset, weight, n, epsilon, out, outOffset);
    }

    @Override
    public void swiGlu(float[] gate, int gateOffset, float[] up, int upOffset, int n) {
        inJava.swiGlu(gate, gateOffset, up, upOffset, n);
    }

    @Override
    public void softmax(float[] x, int offset, int n, float scale) {
        inJava.softmax(x, offset, n, scale);
    }

    @Override
    public void widen(short[] half, int halfOffset, int n, float[] out, int outOffset) {
        inJava.widen(half, halfOffset, n, out, outOffset);
    }

    @Override
    public void widenByLane(byte[] panel, int offset, int depth, float[] scales, float[] out) {
        inJava.widenByLane(panel, offset, depth, scales, out);
    }

    @Override
    public void widenByRow(byte[] panel, int offset, int depth, float[] scales, float[] out) {
        inJava.widenByRow(panel, offset, depth, scales, out);
    }

    @Override
    public void quantize(float[] x, int xOffset, QuantizedRows target, int row) {
        inJava.quantize(x, xOffset, target, row);
    }

    @Override
    public void levelProduct(LevelTile tile, QuantizedRows x, int rows, float[] out, int outOffset, int outStride) {
        inJava.levelProduct(tile, x, rows, out, outOffset, outStride);
    }
}
