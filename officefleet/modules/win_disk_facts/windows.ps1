# win_disk_facts: the storage classes of CIM, which every Windows since 8 has.

function Get-StorageObject([string]$Class) {
    return @(Get-CimInstance -Namespace 'root\Microsoft\Windows\Storage' -ClassName $Class -ErrorAction Stop)
}

function Read-State($Arguments) {
    $disks = @(Get-StorageObject 'MSFT_Disk' | ForEach-Object {
            @{
                number = [int]$_.Number; size = [long]$_.Size; bus_type = [int]$_.BusType; friendly_name = [string]$_.FriendlyName
                partition_style = [int]$_.PartitionStyle; partition_count = [int]$_.NumberOfPartitions; offline = [bool]$_.IsOffline
                health = [int]$_.HealthStatus; sector_size = [int]$_.PhysicalSectorSize; read_only = [bool]$_.IsReadOnly
                bootable = [bool]$_.IsBoot; system_disk = [bool]$_.IsSystem; clustered = [bool]$_.IsClustered
                manufacturer = ([string]$_.Manufacturer).Trim(); model = ([string]$_.Model).Trim(); firmware_version = ([string]$_.FirmwareVersion).Trim()
                location = [string]$_.Location; serial_number = ([string]$_.SerialNumber).Trim(); unique_id = [string]$_.UniqueId
                guid = $_.Guid; path = [string]$_.Path
            }
        })
    $partitions = @(Get-StorageObject 'MSFT_Partition' | ForEach-Object {
            $letter = ''
            if ([int]$_.DriveLetter -ne 0) { $letter = [string][char]$_.DriveLetter }
            @{
                disk = [int]$_.DiskNumber; number = [int]$_.PartitionNumber; size = [long]$_.Size; offset = [long]$_.Offset
                drive_letter = $letter; transition_state = [int]$_.TransitionState; hidden = [bool]$_.IsHidden
                shadow_copy = [bool]$_.IsShadowCopy; guid = $_.Guid; access_paths = @($_.AccessPaths | Where-Object { $_ })
                gpt_type = $_.GptType; no_default_driveletter = [bool]$_.NoDefaultDriveLetter; mbr_type = $_.MbrType; active = [bool]$_.IsActive
            }
        })
    $volumes = @(Get-StorageObject 'MSFT_Volume' | ForEach-Object {
            @{
                size = [long]$_.Size; size_remaining = [long]$_.SizeRemaining; type = [string]$_.FileSystem; label = [string]$_.FileSystemLabel
                health = [int]$_.HealthStatus; drive_type = [int]$_.DriveType; allocation_unit_size = [long]$_.AllocationUnitSize
                object_id = [string]$_.ObjectId; path = [string]$_.Path
            }
        })
    $physical = @(Get-StorageObject 'MSFT_PhysicalDisk' | ForEach-Object {
            @{
                device_id = [string]$_.DeviceId; friendly_name = [string]$_.FriendlyName; media_type = [int]$_.MediaType; bus_type = [int]$_.BusType
                size = [long]$_.Size; allocated_size = [long]$_.AllocatedSize; health_status = [int]$_.HealthStatus
                serial_number = ([string]$_.SerialNumber).Trim(); firmware_version = ([string]$_.FirmwareVersion).Trim(); spindle_speed = [long]$_.SpindleSpeed
            }
        })
    $drives = @(Get-CimInstance -ClassName Win32_DiskDrive -ErrorAction Stop | ForEach-Object {
            @{
                index = [int]$_.Index; caption = [string]$_.Caption; interface_type = [string]$_.InterfaceType; model = [string]$_.Model
                pnp_device_id = [string]$_.PNPDeviceID; serial_number = ([string]$_.SerialNumber).Trim(); size = [long]$_.Size
            }
        })
    return @{ disks = $disks; partitions = $partitions; volumes = $volumes; physical = $physical; drives = $drives }
}
