package dev.cria.core.kernel;

import dev.cria.core.GradientKernels;
import dev.cria.core.Kernels;

/** Decides at start-up which kernels this JVM can run well, and says so once. */
public final class KernelChoice {
    private static final String MODULE = "jdk.incubator.vector";
    private static final Kernels PLAIN = new PlainKernels();
    private static final GradientKernels PLAIN_GRADIENTS = new PlainGradientKernels();

    private KernelChoice() {}

    /** Initialised on first use, so the choice is made and logged once per JVM. */
    private static final class Best {
        static final Kernels KERNELS = choose();

        private static Kernels choose() {
            System.Logger log = System.getLogger("dev.cria.core");
            if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
                log.log(System.Logger.Level.WARNING,
                        "Cria runs many times slower than it can: start the JVM with --add-modules " + MODULE);
                return PLAIN;
            }
            if (VectorKernels.BITS < 128) {
                log.log(System.Logger.Level.WARNING,
                        "Cria uses plain Java kernels: this JVM has no vector instructions");
                return PLAIN;
            }
            Kernels kernels = new VectorKernels();
            log.log(System.Logger.Level.DEBUG, "Cria uses the {0} kernels", kernels.name());
            return kernels;
        }
    }

    /** {@return the fastest kernels that this JVM can run} */
    public static Kernels best() {
        return Best.KERNELS;
    }

    /** {@return the plain Java kernels} */
    public static Kernels plain() {
        return PLAIN;
    }

    /** {@return the fastest gradient kernels that this JVM can run} */
    public static GradientKernels bestGradients() {
        return best() == PLAIN ? PLAIN_GRADIENTS : new VectorGradientKernels();
    }

    /** {@return the plain Java gradient kernels} */
    public static GradientKernels plainGradients() {
        return PLAIN_GRADIENTS;
    }
}
