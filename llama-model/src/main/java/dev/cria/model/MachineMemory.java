package dev.cria.model;

import java.lang.management.ManagementFactory;

/** How much memory there is: the machine's, or the container's if that is less. */
final class MachineMemory {
    private MachineMemory() {}

    static long bytes() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Long.MAX_VALUE;
    }
}
