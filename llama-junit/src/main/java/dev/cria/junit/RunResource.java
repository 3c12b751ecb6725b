package dev.cria.junit;

import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Something in a store of JUnit's that is closed when the context of that store ends. JUnit closes what implements
 * {@link AutoCloseable} only since 5.13, and before that the interface that has been deprecated since.
 */
@SuppressWarnings("deprecation") // until JUnit 5.12 need not work any more
interface RunResource extends AutoCloseable, ExtensionContext.Store.CloseableResource {
    @Override
    void close();
}
