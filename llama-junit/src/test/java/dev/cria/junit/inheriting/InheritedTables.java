package dev.cria.junit.inheriting;

import dev.cria.junit.LlamaTest;
import dev.cria.junit.TableTests;

/** Tests whose tables lie in the package of the class above. Run by another test. */
@LlamaTest
public class InheritedTables extends TableTests {}
