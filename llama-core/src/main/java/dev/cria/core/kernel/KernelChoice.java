package dev.cria.core.kernel;

import dev.cria.core.CriaException;
import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;
import dev.cria.core.machine.MachineKernels;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Decides at start-up which kernels this JVM can run well, and says why where they are not the fastest: the vector
 * kernels, unless they would be slow or cannot run, and beside either those in machine code, where that can run. The
 * system property {@value #PROPERTY} overrules it.
 */
public final class KernelChoice {
    /** The system property: {@code plain}, {@code vector} or {@code machine}. */
    static final String PROPERTY = "cria.kernels";

    private static final String MODULE = "jdk.incubator.vector";
    private static final Kernels PLAIN = new PlainKernels();
    private static final GradientKernels PLAIN_GRADIENTS = new PlainGradientKernels();

    private KernelChoice() {}

    /** Read on first use. */
    private static final class ThisJvm {
        static final JvmFacts FACTS = JvmFacts.read();
        static final boolean FMA = FACTS.option("UseFMA").map(Boolean::parseBoolean).orElseGet(FmaMeasurement::isFast);
        static final Obstacles OBSTACLES = new Obstacles(FACTS, FMA);
    }

    /** Initialised on first use, so the choice is made and logged once per JVM. */
    private static final class Best {
        static final Choice CHOICE;
        static final Kernels KERNELS;

        static {
            Choice choice = choose(Optional.ofNullable(System.getProperty(PROPERTY)), ThisJvm.OBSTACLES, missing(),
                    () -> VectorMeasurement.isFast());
            Kernels kernels = choice.vectors ? new VectorKernels() : PLAIN;
            System.Logger log = System.getLogger("dev.cria.core");
            choice.warning.ifPresent(warning -> log.log(Level.WARNING, warning));
            if (choice.machine != MachineCode.UNWANTED) {
                try {
                    kernels = machine(kernels);
                } catch (UnsupportedOperationException e) {
                    log.log(Level.DEBUG, "Cria uses no machine code: {0}", e.getMessage());
                    if (choice.machine == MachineCode.REQUIRED) {
                        choice = Choice.refused("machine is not possible: " + e.getMessage());
                    }
                }
            }
            log.log(Level.DEBUG, "Cria uses its kernels {0}", kernels.name());
            CHOICE = choice;
            KERNELS = kernels;
        }
    }

    private static Kernels machine(Kernels inJava) {
        ThisJvm.OBSTACLES.machineCode().ifPresent(obstacle -> {
            throw new UnsupportedOperationException(obstacle);
        });
        return MachineKernels.beside(inJava, ThisJvm.FACTS.processor());
    }

    /** What is to become of machine code. */
    enum MachineCode {
        UNWANTED, WANTED, REQUIRED
    }

    /**
     * What was decided.
     *
     * @param vectors whether the vector kernels are used, and not the plain ones
     * @param machine whether there is to be machine code beside
     * @param warning what to say about it
     * @param refusal why neither are
     */
    record Choice(boolean vectors, MachineCode machine, Optional<String> warning, Optional<String> refusal) {
        private static Choice refused(String why) {
            return new Choice(false, MachineCode.UNWANTED, Optional.empty(), Optional.of("-D" + PROPERTY + "=" + why));
        }
    }

    /**
     * Decides.
     *
     * @param wanted what the system property says
     * @param obstacles what would make vectors slow
     * @param missing why there are no vectors, if so
     * @param isFast measures
     */
    static Choice choose(Optional<String> wanted, Obstacles obstacles, Optional<String> missing,
            BooleanSupplier isFast) {
        List<String> reasons = new ArrayList<>(obstacles.known());
        missing.ifPresent(reasons::add);
        if (wanted.isEmpty() || wanted.get().equals("machine")) {
            if (reasons.isEmpty()) {
                obstacles.found(isFast).ifPresent(reasons::add);
            }
            return new Choice(reasons.isEmpty(), wanted.isEmpty() ? MachineCode.WANTED : MachineCode.REQUIRED,
                    sentence("Cria uses its plain kernels, which are many times slower than vectors", reasons),
                    Optional.empty());
        }
        return switch (wanted.get()) {
            case "plain" -> new Choice(false, MachineCode.UNWANTED, Optional.empty(), Optional.empty());
            case "vector" -> missing.map(why -> Choice.refused("vector is not possible: " + why))
                    .orElseGet(() -> new Choice(true, MachineCode.UNWANTED,
                            sentence("Cria uses its vector kernels because of -D" + PROPERTY
                                    + "=vector, which are many times slower here than the plain ones", reasons),
                            Optional.empty()));
            default -> Choice.refused(wanted.get() + " does not name kernels: there are plain, vector and machine");
        };
    }

    private static Optional<String> sentence(String what, List<String> reasons) {
        return reasons.isEmpty() ? Optional.empty() : Optional.of(what + ": " + String.join("; ", reasons));
    }

    /** Why Cria's own class loader and module have no vectors, if they have none. */
    private static Optional<String> missing() {
        Module own = KernelChoice.class.getModule();
        ModuleLayer layer = own.isNamed() ? own.getLayer() : ModuleLayer.boot();
        if (layer.findModule(MODULE).isEmpty()) {
            return Optional.of("start the JVM with --add-modules " + MODULE);
        }
        try {
            return ThisJvm.OBSTACLES.width(VectorKernels.BITS);
        } catch (LinkageError e) {
            return Optional.of("the class loader that has loaded Cria does not find the packages of " + MODULE + " ("
                    + e + ")");
        }
    }

    /** {@return the fastest kernels that this JVM can run} */
    public static Kernels best() {
        checkRefusal();
        return Best.KERNELS;
    }

    /** {@return all kernels that this JVM can run well, the fastest ones last} */
    public static List<Kernels> all() {
        List<Kernels> all = new ArrayList<>(List.of(PLAIN));
        Kernels best = best();
        if (Best.CHOICE.vectors && best instanceof MachineKernels) {
            all.add(new VectorKernels());
        }
        if (best != PLAIN) {
            all.add(best);
        }
        return List.copyOf(all);
    }

    private static void checkRefusal() {
        Best.CHOICE.refusal.ifPresent(refusal -> {
            throw new CriaException(refusal);
        });
    }

    /** {@return the plain Java kernels} */
    public static Kernels plain() {
        return PLAIN;
    }

    /** {@return the fastest gradient kernels that this JVM can run} */
    public static GradientKernels bestGradients() {
        checkRefusal();
        return Best.CHOICE.vectors ? new VectorGradientKernels() : PLAIN_GRADIENTS;
    }

    /** {@return the plain Java gradient kernels} */
    public static GradientKernels plainGradients() {
        return PLAIN_GRADIENTS;
    }

    /** {@return whether {@link Math#fma} is an instruction here} */
    public static boolean hasFma() {
        return ThisJvm.FMA;
    }
}
