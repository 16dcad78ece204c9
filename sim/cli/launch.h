/** @file sim/cli/launch.h
 * Being one of the processes that mpirun or srun started.
 *
 * `mpirun herstatt sweep ...` starts herstatt, which does not link MPI; it finds out from its
 * environment that it is one of several and becomes the herstatt-mpi beside it, the same program
 * with MPI. So the plain command needs no MPI library, and users need one name.
 *
 *   OMPI_COMM_WORLD_SIZE    mpirun of Open MPI
 *   PMI_SIZE                mpiexec of MPICH and its kin, srun --mpi=pmi2
 *   SLURM_STEP_NUM_TASKS    srun (not SLURM_NTASKS, which a batch script has too)
 *
 * and OMPI_COMM_WORLD_LOCAL_SIZE, MPI_LOCALNRANKS, SLURM_STEP_TASKS_PER_NODE, for those on this
 * machine.
 *
 * Threads   before any is started.
 */
#ifndef HST_SIM_CLI_LAUNCH_H
#define HST_SIM_CLI_LAUNCH_H

#include <stdint.h>

/** Processes that this one was started with, itself included; 1 when nobody says. */
uint32_t hst_launch_ranks(void);

/** Threads that this process may keep busy: the processors it is bound to, but no more than its
 * part of the machine when several processes were started on it; at least 1. */
unsigned hst_launch_threads(void);

/** Become herstatt-mpi with the same words when this is one of several processes and cannot join
 * them (hst_team_can_join). Returns otherwise, and also when herstatt-mpi is not there; then
 * hst_team_start says what to do. */
void hst_launch(char **argv);

#endif
