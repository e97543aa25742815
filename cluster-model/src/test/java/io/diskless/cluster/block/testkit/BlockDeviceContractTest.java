package io.diskless.cluster.block.testkit;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.diskless.cluster.block.BlockDevice;
import io.diskless.cluster.block.BlockException;
import io.diskless.cluster.block.BlockGeometry;
import io.diskless.cluster.block.Completion;
import io.diskless.cluster.block.MemoryDevice;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The contract finds every fault that it is there for: each device here breaks one clause. */
class BlockDeviceContractTest {
    /** A device in memory, to be spoilt in one respect. */
    private static class Spoilt implements BlockDevice {
        final MemoryDevice good;
        int writes;

        Spoilt(MemoryDevice good) {
            this.good = good;
        }

        @Override
        public BlockGeometry geometry() {
            return good.geometry();
        }

        @Override
        public boolean completesInline() {
            return true;
        }

        @Override
        public void read(long offset, ByteBuffer dst, Completion done) {
            good.read(offset, dst, done);
        }

        @Override
        public void write(long offset, ByteBuffer src, int flags, Completion done) {
            good.write(offset, src, flags, done);
        }

        @Override
        public void flush(Completion done) {
            good.flush(done);
        }

        @Override
        public void discard(long offset, long length, Completion done) {
            good.discard(offset, length, done);
        }

        @Override
        public void writeZeroes(long offset, long length, Completion done) {
            good.writeZeroes(offset, length, done);
        }

        @Override
        public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
            return good.onGeometryChange(listener);
        }

        @Override
        public void close() throws BlockException {
            good.close();
        }
    }

    private static final class Contract extends BlockDeviceContract {
        private final Function<MemoryDevice, BlockDevice> spoil;
        private MemoryDevice good = MemoryDevice.create(0);

        private final Duration patience;

        Contract(Function<MemoryDevice, BlockDevice> spoil) {
            this(spoil, Duration.ofSeconds(2));
        }

        /** A good device may take its time on a busy machine; for a bad one the time is lost. */
        Contract(Function<MemoryDevice, BlockDevice> spoil, Duration patience) {
            this.spoil = spoil;
            this.patience = patience;
        }

        @Override
        protected BlockDevice open(long size) {
            good = MemoryDevice.create(size);
            return spoil.apply(good);
        }

        @Override
        protected BlockDevice reopen() {
            return MemoryDevice.create(good.geometry()); // Keeps nothing.
        }

        @Override
        protected void resize(BlockDevice device, long newSize) throws BlockException {
            good.resize(newSize);
        }

        @Override
        protected Duration patience() {
            return patience;
        }
    }

    /** One test of the contract. */
    private interface Clause {
        void run(BlockDeviceContract contract) throws Exception;
    }

    private static void finds(Clause clause, Function<MemoryDevice, BlockDevice> spoil) {
        assertThatCode(() -> clause.run(new Contract(good -> good, Duration.ofMinutes(2))))
                .as("a good device passes")
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> clause.run(new Contract(spoil)))
                .as("a bad one does not")
                .isInstanceOf(AssertionError.class);
    }

    private static Completion twice(Completion done) {
        return new Completion() {
            @Override
            public void completed() {
                done.completed();
                done.completed();
            }

            @Override
            public void failed(BlockException cause) {
                done.failed(cause);
            }
        };
    }

    @Test
    void anOperationThatEndsTwice() {
        finds(BlockDeviceContract::everyOperationEndsOnce, good -> new Spoilt(good) {
            @Override
            public void flush(Completion done) {
                super.flush(twice(done));
            }
        });
    }

    @Test
    void anOperationThatNeverEnds() {
        finds(BlockDeviceContract::everyOperationEndsOnce, good -> new Spoilt(good) {
            @Override
            public void write(long offset, ByteBuffer src, int flags, Completion done) {
                if (flags == 0) {
                    super.write(offset, src, flags, done);
                }
            }
        });
    }

    @Test
    void aDeviceThatWorksOnAfterClose() {
        finds(BlockDeviceContract::closedMeansClosed, good -> new Spoilt(good) {
            @Override
            public void flush(Completion done) {
                done.completed();
            }
        });
    }

    @Test
    void recursionWithoutBound() {
        finds(BlockDeviceContract::inlineRecursionIsBounded, good -> new Spoilt(good) {
            @Override
            public void read(long offset, ByteBuffer dst, Completion done) {
                done.completed();
            }
        });
    }

    @Test
    void aCompletionUnderALock() {
        finds(BlockDeviceContract::completionsRunWithoutLock, good -> new Spoilt(good) {
            @Override
            public synchronized void read(long offset, ByteBuffer dst, Completion done) {
                super.read(offset, dst, done);
            }
        });
    }

    @Test
    void aBufferThatIsMoved() {
        finds(BlockDeviceContract::buffersComeBackAsTheyWere, good -> new Spoilt(good) {
            @Override
            public void write(long offset, ByteBuffer src, int flags, Completion done) {
                super.write(offset, src.duplicate(), flags, done);
                src.position(src.limit());
            }
        });
    }

    @Test
    void aBufferThatIsReadFromItsBeginning() {
        finds(BlockDeviceContract::buffersComeBackAsTheyWere, good -> new Spoilt(good) {
            @Override
            public void write(long offset, ByteBuffer src, int flags, Completion done) {
                super.write(offset, src.duplicate().position(0).limit(src.remaining()), flags, done);
            }
        });
    }

    @Test
    void aRangeThatIsServedInPart() {
        finds(BlockDeviceContract::outOfRange, good -> new Spoilt(good) {
            @Override
            public void read(long offset, ByteBuffer dst, Completion done) {
                long size = geometry().size();
                if (offset >= 0 && offset < size && offset + dst.remaining() > size) {
                    dst.put(dst.position(), (byte) 0);
                }
                super.read(offset, dst, done);
            }
        });
    }

    @Test
    void aMisalignedWriteThatIsTaken() {
        finds(BlockDeviceContract::misalignedRanges, good -> new Spoilt(good) {
            @Override
            public void write(long offset, ByteBuffer src, int flags, Completion done) {
                done.completed();
            }
        });
    }

    @Test
    void zeroLengthRefused() {
        finds(BlockDeviceContract::zeroLength, good -> new Spoilt(good) {
            @Override
            public void writeZeroes(long offset, long length, Completion done) {
                super.writeZeroes(length == 0 ? -1 : offset, length, done);
            }
        });
    }

    @Test
    void zeroesThatStopShort() {
        finds(BlockDeviceContract::zeroesReadBack, good -> new Spoilt(good) {
            @Override
            public void writeZeroes(long offset, long length, Completion done) {
                super.writeZeroes(offset, length - 512, done);
            }
        });
    }

    @Test
    void aDiscardThatTakesANeighbour() {
        finds(BlockDeviceContract::discardIsStable, good -> new Spoilt(good) {
            @Override
            public void discard(long offset, long length, Completion done) {
                super.discard(offset - 512, length, done);
            }
        });
    }

    @Test
    void aWriteThatGetsLostNowAndThen() {
        finds(BlockDeviceContract::randomOperationsAgainstAModel, good -> new Spoilt(good) {
            @Override
            public void write(long offset, ByteBuffer src, int flags, Completion done) {
                if (++writes % 20 == 0) {
                    flush(done);
                } else {
                    super.write(offset, src, flags, done);
                }
            }
        });
    }

    @Test
    void aResizeThatNobodyHearsOf() {
        finds(BlockDeviceContract::resizeIsTold, good -> new Spoilt(good) {
            @Override
            public Subscription onGeometryChange(Consumer<BlockGeometry> listener) {
                return () -> {};
            }
        });
    }

    @Test
    void aFlushThatKeepsNothing() {
        assertThatThrownBy(() -> new Contract(good -> good).flushedIsDurable()).isInstanceOf(AssertionError.class);
    }
}
