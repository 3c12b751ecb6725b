package dev.cria.core.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Why vectors would be slow in a JVM. What it says about itself is taken for granted where that is all there is to it:
 * a HotSpot with C2 on a processor that it knows well, and no option that changes how it compiles. Everything else is
 * measured: other compilers, other processors, options of which nobody has heard.
 */
final class Obstacles {
    /** Architectures on which C2 has an instruction for everything that the kernels do. */
    private static final Set<String> KNOWN_PROCESSORS = Set.of("amd64", "x86_64", "aarch64");
    private static final int NARROWEST_BITS = 128;
    /** Of HotSpot's options, those that may change what C2 makes of vectors. */
    private static final Pattern CHANGES_COMPILATION = Pattern.compile("^-Xcomp|^-XX:.*(Compil|C2|Tier|Inlin|Intrinsic"
            + "|Vector|AVX|SSE|SVE|Loop|Unroll|Escape|Eliminat|Optimi|OnStack|JVMCI|Graal|Unsafe|VMOptionsFile|Flags=)");

    private final JvmFacts jvm;
    private final boolean fma;

    Obstacles(JvmFacts jvm, boolean fma) {
        this.jvm = jvm;
        this.fma = fma;
    }

    /** {@return what the JVM itself says, each with what to do about it} */
    List<String> known() {
        List<String> known = new ArrayList<>();
        compiler().ifPresent(known::add);
        if (!fma) {
            known.add("there is no fused multiply-add (" + culprit("-XX:-UseFMA", "-XX:UseAVX=", "-XX:UseSSE=")
                    .orElse("leave out -XX:-UseFMA, if it is there; otherwise the processor has none") + ")");
        }
        if (jvm.option("EnableVectorSupport").equals(Optional.of("false"))) {
            known.add("vectors are not compiled (" + culprit("-XX:-EnableVectorSupport")
                    .orElse("EnableVectorSupport is false") + ")");
        }
        return known;
    }

    /** {@return why machine code with AVX2 is not welcome, if so: the JVM was told to do without} */
    Optional<String> machineCode() {
        return jvm.option("UseAVX").filter(level -> level.equals("0") || level.equals("1"))
                .map(level -> "UseAVX is " + level + " ("
                        + culprit("-XX:UseAVX=").orElse("the processor has no AVX2, or the JVM does not use it")
                        + ")");
    }

    private Optional<String> compiler() {
        if (jvm.mode().startsWith("interpreted") || jvm.option("UseCompiler").equals(Optional.of("false"))) {
            return Optional.of("this JVM does not compile ("
                    + culprit("-Xint", "-XX:-UseCompiler", "-XX:TieredStopAtLevel=", "-Djava.compiler")
                            .orElse("leave out -Xint, if it is there")
                    + ")");
        }
        boolean without = jvm.mode().contains("emulated-client")
                || jvm.option("TieredStopAtLevel").filter(level -> !level.equals("4")).isPresent()
                || jvm.option("CompilationMode").equals(Optional.of("quick-only"))
                || (!jvm.options().isEmpty() && jvm.option("MaxVectorSize").isEmpty());
        return without
                ? Optional.of("this JVM compiles without C2 ("
                        + culprit("-XX:TieredStopAtLevel=", "-XX:CompilationMode=", "-client")
                                .orElse("leave out -XX:TieredStopAtLevel=1, if it is there")
                        + ")")
                : Optional.empty();
    }

    /** {@return the option to leave out: the first of these that the JVM was started with} */
    private Optional<String> culprit(String... options) {
        return List.of(options).stream().flatMap(option -> jvm.argument(option).stream()).findFirst()
                .map(option -> "leave out " + option);
    }

    /** {@return what is wrong with vectors of so many bits, if it is} */
    Optional<String> width(int bits) {
        return bits >= NARROWEST_BITS
                ? Optional.empty()
                : Optional.of("vectors have " + bits + " bits ("
                        + culprit("-XX:MaxVectorSize=").orElse("the processor has no longer ones") + ")");
    }

    /**
     * {@return what there is besides, if it has to be and can be measured}
     *
     * @param isFast measures
     */
    Optional<String> found(BooleanSupplier isFast) {
        return isWellKnown() || isFast.getAsBoolean()
                ? Optional.empty()
                : Optional.of("this JVM does not turn them into vector instructions, as a measurement shows"
                        + options());
    }

    /** Not all arguments, because others may hold secrets. */
    private String options() {
        String options = jvm.arguments().stream().filter(argument -> argument.startsWith("-X"))
                .collect(Collectors.joining(" "));
        return options.isEmpty() ? "" : " (its options are " + options + ")";
    }

    private boolean isWellKnown() {
        return KNOWN_PROCESSORS.contains(jvm.processor()) && jvm.option("MaxVectorSize").isPresent()
                && !jvm.option("UseJVMCICompiler").equals(Optional.of("true")) && !jvm.version().contains("jvmci")
                && jvm.arguments().stream().noneMatch(this::changesCompilation);
    }

    private boolean changesCompilation(String argument) {
        return CHANGES_COMPILATION.matcher(argument).find()
                && jvm.options().keySet().stream().noneMatch(argument::contains);
    }
}
